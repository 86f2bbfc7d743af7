#!/bin/sh
# Installs the agents of others that are tried, beside the repository's other downloads: test/public-agents/install.sh
set -eu
cd "$(dirname "$0")/../.."
install() {
  folder=.cache/agents/$1
  [ -d "$folder/node_modules" ] && return
  mkdir -p "$folder"
  # Its scripts are not run: what they would fetch is not needed.
  npm i --prefix "$folder" --no-audit --no-fund --no-save --ignore-scripts "$2"
}
install pi @earendil-works/pi-coding-agent@1.6.0
install qwen-code @qwen-code/qwen-code@0.24.4
install opencode opencode-ai@1.18.33

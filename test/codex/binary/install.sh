#!/bin/sh
# Installs the versions of Codex that are tried, beside the repository's other downloads: test/codex/binary/install.sh
set -eu
cd "$(dirname "$0")/../../.."
for version in 0.171.0 0.140.0; do
  folder=.cache/codex/$version
  [ -d "$folder/node_modules" ] && continue
  mkdir -p "$folder"
  npm i --prefix "$folder" --no-audit --no-fund --no-save "@openai/codex@$version"
done

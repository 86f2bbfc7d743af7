#!/bin/sh
# The tests with real Codex, where there is no network but the loopback: nothing that it does can leave the machine.
set -eu
cd "$(dirname "$0")/../../.."
export GOALTRACE_CODEX_ISOLATED=1
exec unshare -rn sh -c 'ip link set lo up && exec npx vitest run test/codex/binary "$@"' sh "$@"

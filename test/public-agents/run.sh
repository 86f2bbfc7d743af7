#!/bin/sh
# The tests with real agents, where there is no network but the loopback: nothing that they do can leave the machine.
set -eu
cd "$(dirname "$0")/../.."
export GOALTRACE_AGENTS_ISOLATED=1
exec unshare -rn sh -c 'ip link set lo up && exec npx vitest run test/public-agents "$@"' sh "$@"

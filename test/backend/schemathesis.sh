#!/usr/bin/env bash
# Holds a running backend to its OpenAPI description: schemathesis sends it what the description allows and what it does
# not, with a fixed seed. Needs Python; keeps schemathesis in .cache/schemathesis.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=4.32.5
python=.cache/schemathesis/bin/python

if [ "$("$python" -c 'from importlib.metadata import version; print(version("schemathesis"))' 2>/dev/null)" != "$version" ]; then
  python3 -m venv --clear .cache/schemathesis
  "$python" -m pip install --quiet --disable-pip-version-check "schemathesis==$version"
fi
node test/backend/schemathesis.ts "$PWD/.cache/schemathesis/bin/st" "$@"

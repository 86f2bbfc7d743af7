#!/usr/bin/env bash
# ClickHouse's engine as a Python module, for check.py, in .cache/chdb, unless it exists already. Needs Python and its venv.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=4.4.0
if [[ $(cat .cache/chdb/version 2>/dev/null) == "$version" ]]; then
  echo ".cache/chdb is up to date ($version)"
  exit
fi
python3 -m venv --clear .cache/chdb
.cache/chdb/bin/pip install --quiet --disable-pip-version-check "chdb==$version"
echo "$version" >.cache/chdb/version
echo ".cache/chdb is installed ($version)"

#!/usr/bin/env bash
# Installs what test:peers runs, into .cache/peers: Phoenix and MLflow from PyPI, 1.3 GB together, and VictoriaLogs and VictoriaMetrics from
# their Go modules. Needs Python 3.11 or newer and Go 1.26; from scratch it takes about ten minutes on two cores.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$PWD/.cache/peers
mkdir -p "$out"

# python NAME PACKAGE VERSION
python() {
  if [[ -x $out/$1/bin/python ]] && "$out/$1/bin/python" -m pip show "$2" 2>/dev/null | grep -qx "Version: $3"; then
    echo "$1 $3 is there"
    return
  fi
  python3 -m venv "$out/$1"
  nice "$out/$1/bin/python" -m pip install --quiet "$2==$3"
  echo "$1 $3 is installed"
}

# module NAME PACKAGE VERSION
module() {
  if [[ -x $out/$1 ]] && go version -m "$out/$1" | grep -q "$3"; then
    echo "$1 $3 is there"
    return
  fi
  GOBIN=$out nice go install "$2@$3"
  echo "$1 $3 is built"
}

python phoenix arize-phoenix 20.26.1
python mlflow mlflow 3.17.2
module victoria-logs github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs v1.52.2
module victoria-metrics github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics v1.151.0

#!/usr/bin/env bash
# Builds programs that docker-compose.yml runs as images, in the same versions, into .cache/stack: Jaeger, Prometheus and a reader of
# Compose files; or those that are named, such as loki, which is under the AGPL and takes an hour: without it, what asks it is not tested.
# Needs Go 1.26 and a Go module proxy; from scratch it takes about 15 minutes on two cores.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$PWD/.cache/stack
mkdir -p "$out"
named=" ${*:-jaeger prometheus compose} "

# build NAME MODULE VERSION GO-ARGUMENTS…: a module with a replace directive cannot be installed, so it is built in a copy.
build() {
  local name=$1 module=$2 version=$3
  shift 3
  [[ $named == *" $name "* ]] || return 0
  if [[ -x $out/$name && $(cat "$out/$name.version" 2>/dev/null) == "$version" ]]; then
    echo "$name $version is there"
    return
  fi
  local from copy
  from=$(cd "$out" && go mod download -json "$module@$version" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  copy=$(mktemp -d)
  cp -r "$from/." "$copy"
  chmod -R u+w "$copy"
  # The folder it points to is a separate module and was not copied.
  sed -i '/=> \.\/pkg\/push$/d' "$copy/go.mod"
  (cd "$copy" && GOFLAGS=-mod=mod GOWORK=off nice go build -o "$out/$name" "$@")
  echo "$version" >"$out/$name.version"
  rm -rf "$copy"
  echo "$name $version is built"
}

build jaeger github.com/jaegertracing/jaeger v1.76.0 ./cmd/jaeger
# Prometheus 3.16.0; without service discovery for clouds, which it does not need here.
build prometheus github.com/prometheus/prometheus v0.316.0 -tags remove_all_sd ./cmd/prometheus
# Reads docker-compose.yml as Docker Compose does, and checks it against the specification's schema.
build compose github.com/compose-spec/compose-go/v2 v2.16.0 ./cmd
# Only where it is named.
build loki github.com/grafana/loki/v3 v3.7.8 ./cmd/loki

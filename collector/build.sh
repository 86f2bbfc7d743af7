#!/usr/bin/env bash
# Builds the Collector of a manifest unless it exists already: builder.yaml's as .cache/collector/otelcol, that of another
# manifest where it says. Needs Go 1.24 or newer.
set -euo pipefail
cd "$(dirname "$0")/.."

manifest=collector/${1:-builder.yaml}
out=$(sed -n 's/^  output_path: //p' "$manifest")
version=$(sed -n 's/^  version: //p' "$manifest")
key=$(sha256sum "$manifest" | cut -d' ' -f1)

if [[ -x $out/otelcol && $(cat "$out/manifest.sha256" 2>/dev/null) == "$key" ]]; then
  echo "$out/otelcol is up to date ($version)"
  exit
fi

mkdir -p "$out"
rm -f "$out/manifest.sha256"
# The builder pins the Collector's core to its own version, so it must have the components' version.
if ! { GOBIN=$PWD/$out go install "go.opentelemetry.io/collector/cmd/builder@v$version" &&
  "$out/builder" --config "$manifest"; } >"$out/build.log" 2>&1; then
  cat "$out/build.log" >&2
  echo "The Collector was not built. It needs Go 1.24 or newer and a Go module proxy." >&2
  exit 1
fi
echo "$key" >"$out/manifest.sha256"
echo "$out/otelcol is built ($version)"

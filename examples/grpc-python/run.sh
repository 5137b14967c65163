#!/bin/sh
# Makes a Python client of proto/ and runs deploy.py with it.
#
#   ./reckon up && examples/grpc-python/run.sh [--kubeconfig FILE] [--server HOST:PORT]
#
# Needs (Debian): protobuf-compiler protobuf-compiler-grpc libprotobuf-dev python3-grpcio python3-protobuf python3-yaml
set -eu
here=$(cd "$(dirname "$0")" && pwd)
proto=$here/../../proto

for program in protoc grpc_python_plugin; do
  command -v "$program" >/dev/null || {
    echo "$program is not installed; on Debian: apt-get install protobuf-compiler protobuf-compiler-grpc libprotobuf-dev python3-grpcio python3-protobuf python3-yaml" >&2
    exit 1
  }
done

generated=$(mktemp -d)
trap 'rm -rf "$generated"' EXIT
(cd "$proto" && find reckon -name '*.proto' -exec protoc -I . \
  --plugin="protoc-gen-grpc_python=$(command -v grpc_python_plugin)" \
  --python_out="$generated" --grpc_python_out="$generated" {} +)
PYTHONPATH=$generated PYTHONDONTWRITEBYTECODE=1 "${PYTHON:-/usr/bin/python3}" "$here/deploy.py" "$@"

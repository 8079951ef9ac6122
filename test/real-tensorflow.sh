#!/usr/bin/env bash
# Puts @tensorflow/tfjs-node on real TensorFlow where its install script cannot download libtensorflow: compiles the
# package's own binding against the C API in PyPI's tensorflow-cpu wheel. Needs npm, g++, and python3 with venv.
#
#     bash test/real-tensorflow.sh [MODULE [TENSORFLOW]]
#
# MODULE      where the package goes; ours, where the engine finds it, by default
# TENSORFLOW  the wheel's folder `tensorflow`; by default pip puts one (1.3 GB unpacked) inside MODULE
#
# TENSORFLOW_VERSION=2.21.0 is the wheel that pip gets. To undo it, delete MODULE.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
module=$(realpath -m "${1:-$root/node_modules/@tensorflow/tfjs-node}")
tensorflow=${2:-}
tfjs_version=4.22.0

if [ -e "$module" ]; then
  echo "Cannot build tfjs-node: expected no $module, got one; delete it first" >&2
  exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'rm -rf "$module"' ERR

npm install --prefix "$work" --ignore-scripts --silent --no-audit --no-fund \
  "@tensorflow/tfjs-node@$tfjs_version" node-api-headers@1.9.0
mkdir -p "$(dirname "$module")"
mv "$work/node_modules/@tensorflow/tfjs-node" "$module"
headers=$work/node_modules/node-api-headers/include

if [ -z "$tensorflow" ]; then
  python3 -m venv "$module/venv"
  "$module/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-compile \
    "tensorflow-cpu==${TENSORFLOW_VERSION:-2.21.0}"
  tensorflow=$(echo "$module"/venv/lib/python3.*/site-packages/tensorflow)
fi
tensorflow=$(realpath "$tensorflow")

# Node-API is stable from version to version: what is built for 8 runs on every Node since 16, and on Bun.
mkdir -p "$module/lib/napi-v8"
g++ -std=c++17 -O2 -w -shared -fPIC -DNAPI_VERSION=8 -I"$headers" -I"$tensorflow/include" "$module"/binding/*.cc \
  "$tensorflow/libtensorflow_cc.so.2" "$tensorflow/libtensorflow_framework.so.2" -Wl,-rpath,"$tensorflow" -Wl,-z,now \
  -o "$module/lib/napi-v8/tfjs_binding.node"

# What it needs besides TensorFlow.js stays beside it; TensorFlow.js is the one of whoever imports it.
rm -rf "$work/node_modules/@tensorflow" "$work/node_modules/node-api-headers"
mv "$work/node_modules" "$module/node_modules"
# A symbol that this TensorFlow lacks is named here.
version=$(TF_CPP_MIN_LOG_LEVEL=1 node -p 'require(process.argv[1]).TF_Version' "$module/lib/napi-v8/tfjs_binding.node")
echo "tfjs-node $tfjs_version on TensorFlow $version ($tensorflow) in $module"

#!/usr/bin/env bash
# Measures training on this machine's GPU beside PyTorch: `bash bench/gpu.sh`, options as in bench/gpu.ts.
# For a machine where nothing can be installed: `bash bench/gpu.sh pack amface-gpu.tar.xz` here, and there
#   tar xJf amface-gpu.tar.xz && bash amface-gpu/gpu.sh
# It needs python3 with PyTorch and the GPU's Vulkan driver there; Bun, ONNX Runtime and Vulkan's loader travel in it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

pack() {
  local target=$1 root folder
  root=$(dirname "$here")
  folder=$(mktemp -d)/amface-gpu
  mkdir -p "$folder/node_modules/onnxruntime-node/bin/napi-v6/linux"
  cd "$root"
  for file in gpu.ts profile-step.ts peers/amface-train-step.ts; do
    # TensorFlow.js's packages say that files have no side effects which register its platform.
    bun build --target=bun --conditions=@amface/source --ignore-dce-annotations \
      --external onnxruntime-node --external sharp \
      --outfile "$folder/$(basename "${file%.ts}").js" "bench/$file" >/dev/null
  done
  # Bundled, both look for their peers in their own folder.
  cp bench/peers/torch_nets.py bench/peers/torch_train_step.py bench/gpu.sh "$folder"
  cp -L "$(readlink -f "$(command -v bun)")" "$folder/bun"
  cp -rL node_modules/onnxruntime-common "$folder/node_modules"
  cp -rL node_modules/onnxruntime-node/{package.json,dist} "$folder/node_modules/onnxruntime-node"
  cp -rL node_modules/onnxruntime-node/bin/napi-v6/linux/x64 "$folder/node_modules/onnxruntime-node/bin/napi-v6/linux"
  local loader
  loader=$(/sbin/ldconfig -p | awk '/libvulkan\.so\.1 /{ print $NF; exit }')
  cp -L "${loader:-/usr/lib/chromium/libvulkan.so.1}" "$folder/libvulkan.so.1"
  mkdir -p "$(dirname "$target")"
  XZ_OPT="-T0 -3" tar cJf "$target" -C "$(dirname "$folder")" amface-gpu
  rm -rf "$(dirname "$folder")"
  ls -l "$target"
}

# Containers often have NVIDIA's driver without the file that tells Vulkan's loader of it.
describe_driver() {
  if [ -n "${VK_ICD_FILENAMES:-}${VK_DRIVER_FILES:-}" ]; then return; fi
  if compgen -G '/etc/vulkan/icd.d/*.json' >/dev/null || compgen -G '/usr/share/vulkan/icd.d/*.json' >/dev/null; then return; fi
  local library
  library=$( { /sbin/ldconfig -p | awk '/libGLX_nvidia\.so\.0 /{ print $NF; exit }'; ls /usr/local/nvidia/lib64/libGLX_nvidia.so.0; } 2>/dev/null | head -1 || true)
  if [ -z "$library" ]; then return; fi
  VK_ICD_FILENAMES=$(mktemp)
  export VK_ICD_FILENAMES
  printf '{"file_format_version":"1.0.0","ICD":{"library_path":"%s","api_version":"1.3.0"}}\n' "$library" >"$VK_ICD_FILENAMES"
}

if [ "${1:-}" = pack ]; then
  target=$(realpath -m "${2:-amface-gpu.tar.xz}")
  pack "$target"
  exit
fi

describe_driver
export ORT_DISABLE_TELEMETRY=1
if [ -e "$here/gpu.js" ]; then
  export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$here"
  exec "$here/bun" "$here/gpu.js" "$@"
fi
cd "$(dirname "$here")"
exec bun --conditions=@amface/source bench/gpu.ts "$@"

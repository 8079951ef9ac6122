import { readFileSync } from "node:fs";
import { sharedData } from "../../../test/shared-data.ts";

const NEEDED = [
  ["weights", "mobilefacenet-112x96.safetensors"],
  ["golden", "crops-112x96.npy"],
  ["golden", "mobilefacenet-embeddings.npy"],
  ["golden", "mobilefacenet-embeddings-flipped.npy"],
];

/** Why tests against the published MobileFaceNet cannot run, or `false`. */
export const withoutGolden = NEEDED.every((parts) => sharedData(...parts))
  ? false
  : "needs ../shared/data/golden and ../shared/data/weights";

/** Path of the published weights, under PyTorch's names. */
export const mobileFaceNetWeights = () => sharedData(...NEEDED[0]) as string;

/** The values of a NumPy file behind its header. */
function readNpy(parts: readonly string[]): Buffer {
  const bytes = readFileSync(sharedData(...parts) as string);
  return bytes.subarray(10 + bytes.readUInt16LE(8));
}

/** `[32, 112, 96, 3]` float32 images, and what the net makes of them and of their mirror images, `[32, 128]`. */
export function goldenEmbeddings() {
  const floats = (parts: readonly string[]) => new Float32Array(new Uint8Array(readNpy(parts)).buffer);
  return {
    shape: [32, 112, 96, 3] as [number, number, number, number],
    images: Float32Array.from(readNpy(NEEDED[1]), (value) => (value - 127.5) / 128),
    embeddings: floats(NEEDED[2]),
    flipped: floats(NEEDED[3]),
  };
}

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readNpy } from "@amface/numpy";
import { WeightsError } from "@amface/weights";
import { expectFinite } from "./expect-finite.ts";

/** The arrays of one net, by layer (`conv1`) and parameter (`weights`, `biases`, `alpha`). */
export class NetWeights {
  readonly #file: string;
  readonly #layers: ReadonlyMap<string, unknown>;

  constructor(file: string, layers: ReadonlyMap<string, unknown>) {
    this.#file = file;
    this.#layers = layers;
  }

  /**
   * @returns The array's numbers, row-major.
   * @throws {WeightsError} When the layer is missing, has another shape or is not finite.
   */
  get(layer: string, parameter: string, shape: readonly number[]): Float32Array {
    const found = this.#layers.get(layer);
    const array =
      found instanceof Map ? (found.get(parameter) as { data?: unknown; shape?: unknown }) : undefined;
    if (!(array?.data instanceof Float32Array)) {
      throw new WeightsError(
        `Cannot use the weights ${this.#file}: expected float32 ${parameter} of layer ${layer}, got none`,
      );
    }
    if (String(array.shape) !== String(shape)) {
      throw new WeightsError(
        `Cannot use the weights ${this.#file}: expected ${layer} ${parameter} of shape [${shape}], ` +
          `got [${array.shape}]`,
      );
    }
    return expectFinite(array.data, `${layer} ${parameter}`, this.#file);
  }
}

export interface MtcnnWeights {
  pnet: NetWeights;
  rnet: NetWeights;
  onet: NetWeights;
  /** SHA-256 of the three files in this order, hexadecimal. */
  sha256: string;
}

export const MTCNN_FILES = ["det1.npy", "det2.npy", "det3.npy"] as const;

/**
 * Reads facenet's MTCNN weights.
 *
 * @param dir Folder with `det1.npy` (P-Net), `det2.npy` (R-Net) and `det3.npy` (O-Net).
 * @throws {WeightsError} When a file is missing or is not what it should be.
 */
export async function readMtcnnWeights(dir: string): Promise<MtcnnWeights> {
  const hash = createHash("sha256");
  const nets: NetWeights[] = [];
  for (const file of MTCNN_FILES) {
    const path = join(dir, file);
    const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
      const got = cause.code === "ENOENT" ? "no such file" : cause.message;
      throw new WeightsError(
        `Cannot read the detector's weights ${path}: ${got}; expected a folder with ${MTCNN_FILES.join(", ")}`,
        { cause },
      );
    });
    hash.update(bytes);
    nets.push(new NetWeights(path, layersOf(path, bytes)));
  }
  const [pnet, rnet, onet] = nets;
  return { pnet, rnet, onet, sha256: hash.digest("hex") };
}

function layersOf(path: string, bytes: Uint8Array): ReadonlyMap<string, unknown> {
  let content: unknown;
  try {
    content = readNpy(bytes);
  } catch (cause) {
    const message = `Cannot read the detector's weights ${path}: ${(cause as Error).message}`;
    throw new WeightsError(message, { cause });
  }
  const layers = Array.isArray(content) ? content[0] : undefined;
  if (layers instanceof Map) return layers;
  throw new WeightsError(
    `Cannot read the detector's weights ${path}: expected a pickled dictionary of layers, got an array`,
  );
}

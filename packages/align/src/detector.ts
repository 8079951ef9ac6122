import { OrtSession, OrtTensor } from "@amface/tfjs-backend-onnx";
import { onetModel, pnetModel, rnetModel } from "./mtcnn-nets.ts";
import { readMtcnnWeights } from "./mtcnn-weights.ts";

export interface DetectorOptions {
  /** Threads that a net may use (default 1: more photos at a time gain more than more threads a photo). */
  threads?: number;
}

/** The three nets of MTCNN, each one session for photos of every size. */
export class Detector {
  /** SHA-256 of the weights' files. */
  readonly weightsSha256: string;
  /** The nets as ONNX models, for a copy of the detector in another thread. */
  readonly models: readonly [Uint8Array, Uint8Array, Uint8Array];
  readonly #sessions: readonly OrtSession[];

  /** Use `loadDetector()`. */
  constructor(models: readonly [Uint8Array, Uint8Array, Uint8Array], weightsSha256: string, threads: number) {
    this.models = models;
    this.weightsSha256 = weightsSha256;
    const options = { intraOpNumThreads: threads, interOpNumThreads: 1 };
    this.#sessions = models.map((model) => new OrtSession(model, options));
  }

  /** Runs P-Net on `[1, 3, H, W]`; returns `[6, mapH, mapW]` and the map's size. */
  propose(
    images: Float32Array,
    height: number,
    width: number,
  ): { map: Float32Array; mapHeight: number; mapWidth: number } {
    const { data, dims } = this.#run(0, images, [1, 3, height, width]);
    return { map: data, mapHeight: dims[2], mapWidth: dims[3] };
  }

  /** Runs R-Net on `[count, 3, 24, 24]`; returns `[count, 6]`. */
  refine(images: Float32Array, count: number): Float32Array {
    return this.#run(1, images, [count, 3, 24, 24]).data;
  }

  /** Runs O-Net on `[count, 3, 48, 48]`; returns `[count, 16]`. */
  output(images: Float32Array, count: number): Float32Array {
    return this.#run(2, images, [count, 3, 48, 48]).data;
  }

  /** Frees the nets. */
  dispose(): void {
    for (const session of this.#sessions) session.dispose();
  }

  #run(net: number, images: Float32Array, shape: readonly number[]) {
    const { faces } = this.#sessions[net].run(
      { images: new OrtTensor("float32", images, shape) },
      { faces: null },
    );
    return { data: faces.data as Float32Array, dims: faces.dims };
  }
}

/**
 * Loads the face detector.
 *
 * @param weightsDir Folder with facenet's `det1.npy`, `det2.npy` and `det3.npy`.
 * @throws {WeightsError} When a file is missing, damaged or holds other layers.
 */
export async function loadDetector(
  weightsDir: string,
  { threads = 1 }: DetectorOptions = {},
): Promise<Detector> {
  if (!(Number.isInteger(threads) && threads > 0)) {
    throw new RangeError(`Cannot load the detector: expected a positive number of threads, got ${threads}`);
  }
  const { pnet, rnet, onet, sha256 } = await readMtcnnWeights(weightsDir);
  return new Detector([pnetModel(pnet), rnetModel(rnet), onetModel(onet)], sha256, threads);
}

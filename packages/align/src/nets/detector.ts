import type { AlignmentRecord } from "@amface/images";
import { OrtSession, OrtTensor, ThreadingPolicy, threadingOptions } from "@amface/tfjs-backend-onnx";
import { LANDMARK_WINDOW } from "../warp/landmark-window.ts";

/** What a detector is made of: plain data, of which another thread can make a copy. */
export interface DetectorParts {
  /** Whose nets they are: `amface`, the ones that come with this package, or `mtcnn`, the reference's. */
  readonly name: AlignmentRecord["detector"];
  /** SHA-256 of the weights' files. */
  readonly weightsSha256: string;
  /** P-, R- and O-Net as ONNX models, and L-Net where there is one. */
  readonly models: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array?];
}

/** The nets of a cascade like MTCNN's, each one session for photos of every size. */
export class Detector implements DetectorParts {
  readonly name: DetectorParts["name"];
  readonly weightsSha256: string;
  readonly models: DetectorParts["models"];
  readonly #sessions: readonly OrtSession[];

  /** Use `loadDetector()`. */
  constructor({ name, weightsSha256, models }: DetectorParts, threads: number) {
    this.name = name;
    this.weightsSha256 = weightsSha256;
    this.models = models;
    const options = threadingOptions(new ThreadingPolicy({ threads }).at());
    this.#sessions = models.flatMap((model) => (model ? [new OrtSession(model, options)] : []));
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

  /** Whether there is an L-Net. */
  get placesLandmarks(): boolean {
    return this.#sessions.length > 3;
  }

  /** Runs L-Net on `[count, 3, 48, 48]`; returns `[count, 10]`. */
  place(images: Float32Array, count: number): Float32Array {
    return this.#run(3, images, [count, 3, LANDMARK_WINDOW, LANDMARK_WINDOW]).data;
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

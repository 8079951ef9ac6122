import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readWeights, WeightsError } from "@amface/weights";
import { amfaceWeights } from "./amface-weights.ts";
import { Detector, type DetectorParts } from "./detector.ts";
import { detectorModel } from "./detector-model.ts";
import { DETECTOR_NET_NAMES } from "./detector-nets.ts";
import { onetModel, pnetModel, rnetModel } from "./mtcnn-nets.ts";
import { MTCNN_FILES, readMtcnnWeights } from "./mtcnn-weights.ts";

export interface DetectorOptions {
  /** Threads that a net may use (default 1: more photos at a time gain more than more threads a photo). */
  threads?: number;
}

const AMFACE_FILE = "detector.safetensors";

/**
 * Loads the face detector whose weights are in `@amface/weights`.
 *
 * @throws {WeightsError} When that package's file of weights is missing or damaged.
 * @throws {RangeError} When the number of threads makes no sense.
 */
export async function loadDetector(options?: DetectorOptions): Promise<Detector>;
/**
 * Loads a face detector from a folder: the reference's from facenet's `det1.npy`, `det2.npy` and `det3.npy`, or other
 * weights of this package's nets from `detector.safetensors`.
 *
 * @param weightsDir Without it, the weights in `@amface/weights`.
 * @throws {WeightsError} When the folder holds neither or both, or a file is damaged or of other nets.
 * @throws {RangeError} When the number of threads makes no sense.
 */
export async function loadDetector(
  weightsDir: string | undefined,
  options?: DetectorOptions,
): Promise<Detector>;
export async function loadDetector(
  first?: string | DetectorOptions,
  second: DetectorOptions = {},
): Promise<Detector> {
  const [weightsDir, { threads = 1 }] = typeof first === "object" ? [undefined, first] : [first, second];
  if (!(Number.isInteger(threads) && threads > 0)) {
    throw new RangeError(`Cannot load the detector: expected a positive number of threads, got ${threads}`);
  }
  return new Detector(await readDetector(weightsDir), threads);
}

async function readDetector(weightsDir: string | undefined): Promise<DetectorParts> {
  if (weightsDir === undefined) {
    const { bytes, path } = await readWeights("detector");
    return detectorParts(bytes, path);
  }
  const names = await readdir(weightsDir).catch((cause: Error) => {
    throw new WeightsError(`Cannot read the detector's weights in ${weightsDir}: ${cause.message}`, {
      cause,
    });
  });
  const ours = names.includes(AMFACE_FILE);
  const reference = MTCNN_FILES.some((file) => names.includes(file));
  if (ours === reference) {
    throw new WeightsError(
      `Cannot read the detector's weights in ${weightsDir}: expected either ${MTCNN_FILES.join(", ")} (MTCNN's) or ` +
        `${AMFACE_FILE}, got ${ours ? "both" : "neither"}`,
    );
  }
  if (!ours) return readMtcnn(weightsDir);
  const path = join(weightsDir, AMFACE_FILE);
  return detectorParts(await readFile(path), path);
}

function detectorParts(bytes: Uint8Array, path: string): DetectorParts {
  const get = amfaceWeights(bytes, path);
  const [pnet, rnet, onet, lnet] = DETECTOR_NET_NAMES.map((net) => detectorModel(net, get));
  const weightsSha256 = createHash("sha256").update(bytes).digest("hex");
  return { name: "amface", weightsSha256, models: [pnet, rnet, onet, lnet] };
}

async function readMtcnn(dir: string): Promise<DetectorParts> {
  const { pnet, rnet, onet, sha256 } = await readMtcnnWeights(dir);
  return {
    name: "mtcnn",
    weightsSha256: sha256,
    models: [pnetModel(pnet), rnetModel(rnet), onetModel(onet)],
  };
}

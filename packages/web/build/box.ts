import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { alignmentRecord } from "@amface/align";
import { alignmentDifferences, parseAlignment } from "@amface/images";
import { readThresholdCard, type ThresholdCard, thresholdCardPaths } from "@amface/lfw-eval";
import { hasWeights, readWeights } from "@amface/weights";
import type { Plugin } from "vite";
import { type Box, type BoxPart, partsOf } from "../src/box.ts";

/** What a page may load before its first answer, in bytes. */
export const BUDGET = 20e6;

const require = createRequire(import.meta.url);

/**
 * Puts what the page computes with into the box: ONNX Runtime's and TensorFlow.js's WebAssembly, the detector and the embedder, each a file of
 * its own below `box`, and `box/box.json`, which tells of them.
 *
 * @param embedder Saved net to take instead of the embedder of `@amface/weights`; a threshold card may stand beside it.
 */
export function box(embedder: string | undefined): Plugin {
  return {
    name: "amface-box",
    apply: "build",
    async generateBundle() {
      const put = (name: string, path: string, source: Uint8Array): BoxPart => {
        const sha256 = sha256Of(source);
        const ending = extname(path);
        const file = `${basename(path, ending)}-${sha256.slice(0, 16)}${ending}`;
        this.emitFile({ type: "asset", fileName: `box/${file}`, source });
        return { name, file, bytes: source.length, sha256 };
      };
      const ort = dirname(require.resolve("onnxruntime-web/wasm"));
      const runtime = await readFile(join(ort, "ort-wasm-simd-threaded.wasm"));
      const start = await readFile(join(ort, "ort-wasm-simd-threaded.mjs"));
      const tfjs = join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "wasm-out");
      const zippedFaces = async (name: string, file: string) => {
        const bytes = gzipSync(await readFile(join(tfjs, file)), { level: 9 });
        return put(name, `${file}.gzip`, bytes);
      };
      const threads = "tfjs-backend-wasm-threaded-simd";
      const { wasmWorkerContents } = require(join(tfjs, `${threads}.worker.js`));
      // Read as a string, it has line ends within its strings.
      const thread = wasmWorkerContents.replaceAll("\n", "\\n");
      const detector = await readWeights("detector");
      const content: Box = {
        runtime: put("runtime", "ort-wasm-simd-threaded.wasm.gzip", gzipSync(runtime, { level: 9 })),
        runtimeStart: put("runtime's start", "ort-wasm-simd-threaded.mjs", start),
        faces: {
          threaded: await zippedFaces("runtime for faces", `${threads}.wasm`),
          threadedStart: put("its start", `${threads}.js`, await readFile(join(tfjs, `${threads}.js`))),
          thread: put("its threads", `${threads}.worker.js`, Buffer.from(thread)),
          single: await zippedFaces("runtime for faces", "tfjs-backend-wasm-simd.wasm"),
        },
        detector: put("detector", "detector.safetensors", detector.bytes),
        embedder: await embedderOf(embedder, detector.card.sha256, (bytes) =>
          put("embedder", "embedder.safetensors", bytes),
        ),
      };
      const total = partsOf(content).reduce((sum, { bytes }) => sum + bytes, 0);
      if (total > BUDGET) {
        throw new Error(
          `Cannot build the page: expected at most ${BUDGET} bytes before the first answer, got ${total}`,
        );
      }
      this.emitFile({ type: "asset", fileName: "box/box.json", source: JSON.stringify(content, null, 2) });
    },
  };
}

const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Where a threshold card holds for other weights, or for crops that the page does not make, its decisions would be wrong. */
function checkCard(card: ThresholdCard, embedder: Uint8Array, detectorSha256: string): void {
  if (card.modelSha256 !== undefined && card.modelSha256 !== sha256Of(embedder)) {
    throw new Error(
      "Cannot build the page: expected a threshold card of this embedder, got one of other weights",
    );
  }
  if (card.alignment === null) return;
  const measured = parseAlignment(JSON.stringify(card.alignment), "the threshold card");
  const detector = { name: "amface", weightsSha256: detectorSha256, placesLandmarks: true } as const;
  const { height, width } = measured;
  const differences = alignmentDifferences(measured, alignmentRecord(detector, {}, { height, width }));
  if (differences === "") return;
  throw new Error(
    `Cannot build the page: expected it to align faces as those of the threshold card were, got ${differences}`,
  );
}

async function embedderOf(
  path: string | undefined,
  detectorSha256: string,
  put: (bytes: Uint8Array) => BoxPart,
): Promise<Box["embedder"]> {
  if (path === undefined && !(await hasWeights("embedder"))) return null;
  const {
    bytes,
    card,
    path: file,
  } = path === undefined ? await readWeights("embedder") : { bytes: await readFile(path), card: null, path };
  const [current, former] = thresholdCardPaths(file);
  const thresholds = await readThresholdCard(existsSync(current) ? current : former).catch((error) => {
    if (error.cause?.code === "ENOENT") return null;
    throw error;
  });
  if (thresholds !== null) checkCard(thresholds, bytes, detectorSha256);
  return {
    part: put(bytes),
    name: thresholds?.model ?? basename(file),
    terms: card?.terms ?? null,
    thresholds,
  };
}

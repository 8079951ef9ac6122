import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { readThresholdCard } from "@amface/lfw-eval";
import { hasWeights, readWeights } from "@amface/weights";
import type { Plugin } from "vite";
import type { Box, BoxPart } from "../src/box.ts";

/** What a page may load before its first answer, in bytes. */
export const BUDGET = 20e6;

const require = createRequire(import.meta.url);

/**
 * Puts what the page computes with into the box: ONNX Runtime's WebAssembly, the detector and the embedder, each a file of
 * its own below `box`, and `box/box.json`, which tells of them.
 *
 * @param embedder Saved net to take instead of the embedder of `@amface/weights`; a threshold card may stand beside it.
 */
export function box(embedder: string | undefined): Plugin {
  return {
    name: "amface-box",
    apply: "build",
    async generateBundle() {
      const put = (name: string, file: string, source: Uint8Array): BoxPart => {
        this.emitFile({ type: "asset", fileName: `box/${file}`, source });
        return { name, file, bytes: source.length };
      };
      const ort = dirname(require.resolve("onnxruntime-web/wasm"));
      const runtime = await readFile(join(ort, "ort-wasm-simd-threaded.wasm"));
      put(
        "runtime's start",
        "ort-wasm-simd-threaded.mjs",
        await readFile(join(ort, "ort-wasm-simd-threaded.mjs")),
      );
      const detector = await readWeights("detector");
      const content: Box = {
        runtime: put("runtime", "ort-wasm-simd-threaded.wasm.gzip", gzipSync(runtime, { level: 9 })),
        detector: put("detector", "detector.safetensors", detector.bytes),
        embedder: await embedderOf(embedder, (bytes) => put("embedder", "embedder.safetensors", bytes)),
      };
      const parts = [content.runtime, content.detector, ...(content.embedder ? [content.embedder.part] : [])];
      const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
      if (total > BUDGET) {
        throw new Error(
          `Cannot build the page: expected at most ${BUDGET} bytes before the first answer, got ${total}`,
        );
      }
      this.emitFile({ type: "asset", fileName: "box/box.json", source: JSON.stringify(content, null, 2) });
    },
  };
}

async function embedderOf(
  path: string | undefined,
  put: (bytes: Uint8Array) => BoxPart,
): Promise<Box["embedder"]> {
  if (path === undefined && !(await hasWeights("embedder"))) return null;
  const {
    bytes,
    card,
    path: file,
  } = path === undefined ? await readWeights("embedder") : { bytes: await readFile(path), card: null, path };
  const thresholds = file.replace(/\.safetensors$/, ".thresholds.json");
  return {
    part: put(bytes),
    name: card?.name ?? basename(file),
    terms: card?.terms ?? null,
    thresholds: await readThresholdCard(thresholds).catch(() => null),
  };
}

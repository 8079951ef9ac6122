/**
 * How fast a training step of resface-small (56×48, batch 32) is in headless Chromium: the backend `onnx` on WebAssembly
 * beside TensorFlow.js's own backends.
 *
 *     bun bench/browser-training.ts --rounds 5
 *
 * Every round makes `--steps` steps on each engine, one engine after the other, and the medians are of all rounds but the
 * first, in which models are compiled. An engine whose losses are more than a hundredth off the first one's is left out.
 * `--engines onnx:wasm,onnx:webgpu,cpu,webgl,webgpu` are those to measure, `--threads N` those of WebAssembly, `--json FILE`
 * keeps the result. WebGL and WebGPU run on SwiftShader where there is no GPU.
 * TensorFlow.js's `webgpu` is a package of its own:
 *
 *     npm install --prefix /tmp/webgpu --ignore-scripts --legacy-peer-deps @tensorflow/tfjs-backend-webgpu@4.22.0
 *     bun bench/browser-training.ts --webgpu /tmp/webgpu/node_modules/@tensorflow/tfjs-backend-webgpu
 */
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeFileAtomic } from "@amface/files";
import { openBrowser, openPage, problemsOf } from "../test/browser.ts";
import { bundlePage, ORT_FILES } from "../test/bundle-page.ts";
import type { PageSteps } from "../test/programs/face-training-page.ts";
import { servePage } from "../test/serve-page.ts";

const { values } = parseArgs({
  options: {
    engines: { type: "string", default: "onnx:wasm,cpu,webgl,webgpu" },
    webgpu: { type: "string" },
    threads: { type: "string" },
    rounds: { type: "string", default: "4" },
    steps: { type: "string", default: "1" },
    json: { type: "string" },
  },
});
const engines = values.engines.split(",");
const [rounds, steps] = [values.rounds, values.steps].map(Number);
if (!(rounds > 1 && steps > 0))
  throw new Error("Cannot start: expected --rounds of 2 or more and --steps of 1 or more");

const median = (numbers: readonly number[]) =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

const dir = await mkdtemp(join(tmpdir(), "amface-browser-training-"));
const program = join(import.meta.dirname, "..", "test", "programs", "face-training-page.ts");
const entry = join(dir, "entry.ts");
const backends = values.webgpu ? [join(values.webgpu, "dist", "index.js")] : [];
const imports = [...backends, program].map((path) => `import ${JSON.stringify(path)};\n`);
await writeFileAtomic(entry, imports.join(""));
await bundlePage(entry, dir);
const site = await servePage({ "/": dir, "/ort/": ORT_FILES });
const browser = await openBrowser({ webgpu: true });
const seconds = new Map<string, number[]>();
const refused = new Map<string, string>();
const errorsOf = new Map<string, string[]>();
/** Of the first engine, a round. */
const lossesOf: number[][] = [];
if (!values.webgpu) refused.set("webgpu", "not measured: expected --webgpu DIR");
try {
  const page = await openPage(browser, `${site.url}/`, "train");
  const errors = problemsOf(page);
  for (let round = 0; round < rounds; round++) {
    for (const engine of engines.filter((name) => !refused.has(name))) {
      try {
        const call = `train(${JSON.stringify(engine)}, ${steps}, ${Number(values.threads ?? 0)})`;
        errors.length = 0;
        const { losses, seconds: taken } = await page.evaluate<PageSteps>(call);
        errorsOf.set(engine, [...(errorsOf.get(engine) ?? []), ...errors]);
        lossesOf[round] ??= losses;
        const expected = lossesOf[round];
        const wrong = losses.findIndex((loss, i) => !(Math.abs(loss - expected[i]) <= 0.01 * expected[i]));
        if (wrong >= 0) {
          const [said] = errorsOf.get(engine) as string[];
          throw new Error(
            `computes something else: a loss of ${losses[wrong]}, not ${engines[0]}'s ${expected[wrong]}; its first error: ${said ?? "none"}`,
          );
        }
        if (round > 0) seconds.set(engine, [...(seconds.get(engine) ?? []), ...taken]);
      } catch (error) {
        refused.set(engine, (error as Error).message.split("\n", 1)[0]);
      }
    }
  }
  const base = median(seconds.get("cpu") ?? []);
  const rows = engines.map((engine) => {
    const taken = seconds.get(engine) ?? [];
    return {
      engine,
      seconds: taken.length > 0 ? median(taken) : null,
      all: taken,
      refused: refused.get(engine),
    };
  });
  const made = {
    date: new Date().toISOString().slice(0, 10),
    browser: `Chromium ${browser.version()}`,
    machine: `${cpus().length} × ${cpus()[0].model.trim()}`,
    threads: await page.evaluate("navigator.hardwareConcurrency"),
    isolated: await page.evaluate("crossOriginIsolated"),
  };
  console.log(`resface-small 56×48, batch 32; ${made.browser}, ${made.machine}, ${made.date}\n`);
  for (const { engine, seconds: taken, refused: why } of rows) {
    const result =
      taken === null
        ? (why ?? "not measured")
        : `${taken.toFixed(2)} s a step${base ? `, ${(base / taken).toFixed(1)} × cpu` : ""}`;
    console.log(`${engine.padEnd(12)} ${result}`);
  }
  if (values.json) await writeFileAtomic(values.json, `${JSON.stringify({ ...made, rows }, null, 1)}\n`);
} finally {
  await browser.close();
  await Promise.all([site.close(), rm(dir, { recursive: true })]);
}

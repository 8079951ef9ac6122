/**
 * Trains the detector that the package ships: P-, R- and O-Net one after the other, each on windows that those before
 * let through. Needs photos with hand-placed points (`landmarks/`), portraits (`celeba/`) and the reference's weights
 * (`weights/`), which teach where the faces of the portraits are.
 *
 *     bun --conditions=@amface/source packages/align/examples/train-detector/main.ts --data DIR --output DIR
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import "@amface/tfjs-backend-onnx";
import { makeFolder, writeFileAtomic } from "@amface/images";
import * as tf from "@tensorflow/tfjs";
import type { Detector } from "../../src/detector.ts";
import { DETECTOR_NETS, type DetectorNetName } from "../../src/detector-nets.ts";
import type { BatchPlan } from "./batch-maker.ts";
import type { BatchWorkerStart } from "./batch-worker.ts";
import { fromWorkers } from "./from-workers.ts";
import { makeLabels } from "./make-labels.ts";
import { Student } from "./student.ts";
import { type LossWeights, trainNet } from "./train-net.ts";
import type { WindowBatch } from "./window-batch.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    output: { type: "string" },
    seed: { type: "string", default: "1" },
    threads: { type: "string", default: "2" },
    shorten: { type: "string", default: "1" },
    only: { type: "string" },
  },
});
if (!values.data || !values.output) throw new Error("Cannot train: expected --data DIR and --output DIR");
const { data, output } = values;
const seed = Number(values.seed);

/** A part of the training: which net, on which windows, for how long. */
interface Part {
  readonly net: DetectorNetName;
  readonly mining: BatchPlan["mining"];
  readonly canvases: number;
  readonly windows: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly weights: LossWeights;
}
const PARTS: readonly Part[] = [
  { net: "pnet", mining: 0, canvases: 16, windows: 64, steps: 1500, learningRate: 3e-3, weights: { offsets: 2, points: 0 } },
  { net: "pnet", mining: 1, canvases: 16, windows: 64, steps: 2500, learningRate: 1.5e-3, weights: { offsets: 2, points: 0 } },
  { net: "rnet", mining: 1, canvases: 24, windows: 32, steps: 3500, learningRate: 1.5e-3, weights: { offsets: 3, points: 0 } },
  { net: "onet", mining: 2, canvases: 32, windows: 16, steps: 4000, learningRate: 1e-3, weights: { offsets: 3, points: 15 } },
];

await tf.setBackend("onnx");
await makeFolder(output);
const labels = await makeLabels(data, join(output, "work"), seed);
const students = new Map<DetectorNetName, Student>();
for (const name of Object.keys(DETECTOR_NETS) as DetectorNetName[]) {
  students.set(name, new Student(name, seed));
}

/** The nets as they are. */
async function models(): Promise<Detector["models"]> {
  const all = await Promise.all([...students.values()].map((student) => student.model()));
  return all as unknown as Detector["models"];
}

for (const [i, { steps: whole, ...part }] of PARTS.entries()) {
  const { net, mining, canvases, windows } = part;
  const student = students.get(net) as Student;
  const file = join(output, "work", `part-${i}.json`);
  if (await stat(file).catch(() => undefined)) {
    student.load(JSON.parse(await readFile(file, "utf8")));
    continue;
  }
  const steps = Math.ceil(whole / Number(values.shorten));
  const plan: BatchPlan = { net, mining, canvases, windows, seed };
  const start: BatchWorkerStart = { labels, models: mining > 0 ? await models() : undefined, plan };
  const made = fromWorkers<WindowBatch>(new URL("./batch-worker.ts", import.meta.url), start, {
    count: steps,
    threads: Number(values.threads),
  });
  console.error(`${net}: ${steps} steps of ${canvases * windows} windows, ${mining} stages before it`);
  await trainNet(student, made, { ...part, steps }, ({ step, loss, accuracy, offset, point, windowsPerSecond }) => {
    console.error(
      `  ${step} loss ${loss.toFixed(4)} accuracy ${(100 * accuracy).toFixed(2)} % offset ${offset.toFixed(4)} ` +
        `point ${point.toFixed(4)} ${windowsPerSecond.toFixed(0)} windows/s`,
    );
  });
  await writeFileAtomic(file, JSON.stringify(Object.fromEntries([...(await student.weights())].map(([k,v])=>[k,Array.from(v)]))));
}
await writeFileAtomic(join(output, "models.json"), JSON.stringify((await models()).map((model) => Buffer.from(model).toString("base64"))));
process.exit(0);

/**
 * Trains the detector that the package ships: P-, R-, O- and L-Net one after the other, the first three each on windows
 * that those before let through. DATA holds photos with hand-placed points (`landmarks/`), portraits (`celeba/`) and the
 * reference's weights (`weights/`), which tell where the faces of the portraits are; for `--from` also pictures without faces (`negatives/`).
 * A run that was stopped goes on after its last whole part. `--from detector.safetensors` goes on from the nets of that file, by
 * the recipe's `FURTHER`.
 *
 *     bun packages/align/training/main.ts --data DATA --output DIR
 */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { OnnxBackend } from "@amface/tfjs-backend-onnx";
import "@amface/tfjs-backend-onnx";
import { makeFolder, writeFileAtomic } from "@amface/files";
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from "@amface/numpy";
import * as tf from "@tensorflow/tfjs";
import { DETECTOR_NETS, type DetectorNetName } from "../src/nets/detector-nets.ts";
import type { BatchWorkerStart } from "./batch-worker.ts";
import { dataVersion } from "./data-version.ts";
import { detectorParts } from "./detector-parts.ts";
import { fromWorkers } from "./from-workers.ts";
import { makeLabels } from "./make-labels.ts";
import { FACE_SHIFT, FURTHER, LOSS_WEIGHTS, RECIPE, TOWARDS_TEACHER } from "./recipe.ts";
import { Student } from "./student.ts";
import { distanceToTeacher } from "./towards-teacher.ts";
import { trainNet } from "./train-net.ts";
import type { WindowBatch } from "./window-batch.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    output: { type: "string" },
    seed: { type: "string", default: "1" },
    /** Threads that make windows. */
    threads: { type: "string", default: "2" },
    /** Divides the steps, for a look at the whole way. */
    shorten: { type: "string", default: "1" },
    from: { type: "string" },
  },
});
if (!values.data || !values.output) throw new Error("Cannot train: expected --data DIR and --output DIR");
const { data, output } = values;
const [seed, threads, shorten] = [values.seed, values.threads, values.shorten].map(Number);
for (const [name, value] of Object.entries({ seed, threads, shorten })) {
  if (!(Number.isSafeInteger(value) && value >= (name === "seed" ? 0 : 1)))
    throw new RangeError(`Cannot train: expected a whole number as --${name}, got ${values[name as "seed"]}`);
}
const parts = values.from ? FURTHER : RECIPE;
// What one recipe, seed, length and folder of photos left is not taken for another's.
const recipe = createHash("sha256")
  .update(JSON.stringify([parts, LOSS_WEIGHTS, await dataVersion(data)]))
  .digest("hex")
  .slice(0, 8);
const workDir = join(output, `work-${recipe}-seed-${seed}${shorten > 1 ? `-shortened-${shorten}` : ""}`);

await tf.setBackend("onnx");
// Threads that wait sleep: the ones that make windows want the same cores. The weights come out the same.
(tf.backend() as OnnxBackend).sessionOptions = { extra: { session: { intra_op: { allow_spinning: "0" } } } };
await makeFolder(workDir);
const labels = await makeLabels(data, workDir, { seed, threads });
if (values.from && labels.photos.every(({ kind }) => kind !== "negatives")) {
  throw new Error(
    `Cannot train --from ${values.from}: expected pictures without faces in DATA/negatives, got none`,
  );
}
const names = Object.keys(DETECTOR_NETS) as DetectorNetName[];
const students = names.map((name) => new Student(name, seed));

if (values.from) {
  const { tensors } = decodeSafetensors(await readFile(values.from), values.from);
  shiftFaces([...tensors.values()], -1);
  for (const student of students) student.load(tensors);
}

for (const [i, { plan, ...hyper }] of parts.entries()) {
  const student = students[names.indexOf(plan.net)];
  const file = join(workDir, `part-${i + 1}-${plan.net}.safetensors`);
  if (await stat(file).catch(() => undefined)) {
    student.load(decodeSafetensors(await readFile(file), file).tensors);
    continue;
  }
  const steps = Math.ceil(hyper.steps / shorten);
  console.error(`part ${i + 1}, ${plan.net}: ${steps} steps of ${plan.canvases * plan.windows} windows`);
  const start: BatchWorkerStart = {
    labels,
    detector: await detectorParts(students),
    plan: { ...plan, seed },
  };
  const worker = new URL("./batch-worker.ts", import.meta.url);
  const batches = fromWorkers<WindowBatch>(worker, start, { count: steps, threads });
  const weights = LOSS_WEIGHTS[plan.net];
  await trainNet(student, batches, { ...hyper, steps, weights }, (progress) => {
    const { step, loss, accuracy, offset, point, windowsPerSecond } = progress;
    console.error(
      `  ${step} loss ${loss.toFixed(4)} accuracy ${(100 * accuracy).toFixed(2)} % offset ${offset.toFixed(4)} ` +
        `point ${point.toFixed(4)} ${windowsPerSecond.toFixed(0)} windows/s`,
    );
  });
  await writeFileAtomic(file, Buffer.concat(encodeSafetensors(await student.weights())));
}

const weights = (await Promise.all(students.map((student) => student.weights()))).flat();
shiftFaces(weights, 1);
if (parts.some(({ plan }) => plan.net === "lnet")) {
  const placed = weights.find(({ name }) => name === "lnet.faces.bias");
  const distance = await distanceToTeacher(students[names.indexOf("lnet")], labels);
  for (const [i, share] of distance.entries()) if (placed) placed.data[i] += TOWARDS_TEACHER * share;
}
const metadata = { detector: "amface", seed: String(seed) };
const shipped = Buffer.concat(encodeSafetensors(weights, metadata, { dtype: "F16" }));
await writeFileAtomic(join(output, "detector.safetensors"), shipped);
console.error(`${join(output, "detector.safetensors")}: ${shipped.length} bytes`);
process.exit(0); // the backend's threads would keep the process alive

function shiftFaces(tensors: readonly NamedTensor[], times: 1 | -1): void {
  for (const [net, shift] of Object.entries(FACE_SHIFT)) {
    const bias = tensors.find(({ name }) => name === `${net}.faces.bias`);
    if (bias) bias.data[1] += times * shift;
  }
}

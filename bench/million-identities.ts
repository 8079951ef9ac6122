/**
 * Training steps with a sampled head (Partial FC) of a million identities: net forward and backward, margin loss among
 * the sample, updates of net and head. Prints each step's time and the process's memory.
 *
 *     bun bench/million-identities.ts --identities 1000000 --rate 0.1 --embedding-size 128
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { cosFace, crossEntropy, marginLogits, SampledHead } from "@amface/loss";
import { createNet, netVariables } from "@amface/nets";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

const { values } = parseArgs({
  options: {
    identities: { type: "string", default: "1000000" },
    rate: { type: "string", default: "0.1" },
    "embedding-size": { type: "string", default: "128" },
    "batch-size": { type: "string", default: "32" },
    net: { type: "string", default: "resface-small" },
    steps: { type: "string", default: "4" },
  },
});
const [identities, rate, batchSize] = [
  Number(values.identities),
  Number(values.rate),
  Number(values["batch-size"]),
];
const embeddingSize = Number(values["embedding-size"]);
const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
const resident = () => gigabytes(process.memoryUsage.rss());

await tf.setBackend("onnx");
const net = createNet(values.net, { embeddingSize, seed: 1 });
const variables = netVariables(net.model).flatMap(({ trainable, variable }) => (trainable ? [variable] : []));
const optimizer = tf.train.momentum(0.1, 0.9);
console.log(
  `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0].model}, before the head ${resident()}`,
);
const start = performance.now();
const head = new SampledHead({ embeddingSize, identities, rate, seed: 1 });
const whole = 2 * 4 * identities * embeddingSize;
console.log(
  `head of ${identities} identities × ${embeddingSize} with velocities: ${gigabytes(whole)}, made in ` +
    `${((performance.now() - start) / 1000).toFixed(1)} s, process ${resident()}`,
);

const images = tf.randomUniform<tf.Rank.R4>([batchSize, ...net.description.imageShape], -1, 1, "float32", 1);
const labels = Int32Array.from({ length: batchSize }, (_, b) => Math.floor((b * identities) / batchSize));
for (let step = 0; step < Number(values.steps); step++) {
  const start = performance.now();
  const { identities: sampled, rows_SD, labels_B } = head.sample(labels, step);
  const rows = tf.variable(rows_SD);
  const sampling = performance.now();
  const { value, grads } = optimizer.computeGradients(() => {
    const embeddings = net.model.apply(images, { training: true }) as tf.Tensor2D;
    const logits = marginLogits(embeddings, tf.transpose(rows) as tf.Tensor2D, labels_B, {
      margin: cosFace(0.35),
      scale: 30,
    });
    return crossEntropy(logits, labels_B);
  }, [...variables, rows]);
  const { [rows.name]: byRows, ...byNet } = grads;
  optimizer.applyGradients(byNet as unknown as Parameters<typeof optimizer.applyGradients>[0]);
  const [loss] = await value.data();
  const gradient = (await byRows.data()) as Float32Array;
  const computing = performance.now();
  head.update(sampled, gradient, { learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4 });
  const end = performance.now();
  tf.dispose([rows, rows_SD, labels_B, value, grads]);
  const parts = [sampling - start, computing - sampling, end - computing].map((ms) => `${ms.toFixed(0)} ms`);
  console.log(
    `step ${step}: loss ${loss.toFixed(4)}, ${sampled.length} identities, ${(end - start).toFixed(0)} ms ` +
      `(sample ${parts[0]}, net and loss ${parts[1]}, head ${parts[2]}), process ${resident()}, ` +
      `peak ${gigabytes(process.resourceUsage().maxRSS * 1024)}`,
  );
}

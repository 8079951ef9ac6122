import assert from "node:assert/strict";
import { test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { Detector } from "@amface/align";
import { Random } from "@amface/data";
import * as tf from "@tensorflow/tfjs";
import { DETECTOR_NETS, type DetectorNetName } from "../../src/nets/detector-nets.ts";
import { detectorParts } from "../../training/detector-parts.ts";
import { Student } from "../../training/student.ts";
import { type TrainingProgress, trainNet } from "../../training/train-net.ts";
import { emptyBatch, type WindowBatch } from "../../training/window-batch.ts";

await tf.setBackend("onnx");

/** Windows of noise, brighter where there is a face, with targets of their own. */
function noise(count: number, side: number): WindowBatch {
  const random = new Random("noise", side);
  const batch = emptyBatch(count, side);
  for (let i = 0; i < count; i++) {
    batch.labels[i] = i % 2;
    batch.labelWeights[i] = batch.offsetWeights[i] = batch.pointWeights[i] = 1;
    const from = i * 3 * side * side;
    for (let k = 0; k < 3 * side * side; k++) batch.pixels[from + k] = 0.3 * random.normal() + 0.2 * (i % 2);
    for (let k = 0; k < 4; k++) batch.offsets[i * 4 + k] = 0.1 * random.normal();
    for (let k = 0; k < 10; k++) batch.points[i * 10 + k] = 0.5 + 0.1 * random.normal();
  }
  return batch;
}

test("the detector runs the nets that were trained: its outputs are the students'", async () => {
  const names = ["pnet", "rnet", "onet", "lnet"] as const;
  const students = names.map((name) => new Student(name, 1));
  const detector = new Detector(await detectorParts(students), 1);
  const outputs = {
    pnet: (pixels: Float32Array) => detector.propose(pixels, 12, 12).map,
    rnet: (pixels: Float32Array) => detector.refine(pixels, 1),
    onet: (pixels: Float32Array) => detector.output(pixels, 1),
    lnet: (pixels: Float32Array) => detector.place(pixels, 1),
  };
  for (const [i, name] of names.entries()) {
    const side = DETECTOR_NETS[name].window;
    const { pixels } = noise(1, side);
    const wanted = await students[i].judge(pixels, 1);
    const got = outputs[name](pixels);
    const largest = Math.max(...wanted.map(Math.abs));
    assert.equal(got.length, DETECTOR_NETS[name].outputs);
    for (const [k, value] of wanted.entries()) assert.ok(Math.abs(got[k] - value) < 1e-5 * largest);
  }
  detector.dispose();
  for (const student of students) student.dispose();
});

for (const name of ["pnet", "rnet", "onet", "lnet"] as const satisfies readonly DetectorNetName[]) {
  test(`trainNet() lets ${name} learn a batch by heart, labels and places, and leaves no tensors`, async () => {
    const student = new Student(name, 2);
    const batch = noise(8, DETECTOR_NETS[name].window);
    const before = tf.memory().numTensors;
    const steps = 80;
    const learn = async () => {
      const same = (async function* () {
        for (let i = 0; i < steps; i++) yield batch;
      })();
      let last: TrainingProgress | undefined;
      const hyper = { steps, learningRate: 3e-3, weights: { offsets: 3, points: 15 } };
      await trainNet(student, same, hyper, (progress) => {
        last = progress;
      });
      return last as TrainingProgress;
    };
    const [first, second] = [await learn(), await learn()];
    assert.equal(tf.memory().numTensors, before);
    assert.ok(second.loss < 0.6 * first.loss, `loss ${first.loss} to ${second.loss}`);
    if (name !== "lnet") {
      assert.ok(second.accuracy > 0.99, `accuracy ${second.accuracy}`);
      assert.ok(second.offset < first.offset, `offset ${first.offset} to ${second.offset}`);
    }
    if (name === "onet" || name === "lnet")
      assert.ok(second.point < first.point, `point ${first.point} to ${second.point}`);
    student.dispose();
  });
}

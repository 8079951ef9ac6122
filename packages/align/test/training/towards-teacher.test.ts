import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { renderFace } from "@amface/data";
import { writePng } from "@amface/images";
import * as tf from "@tensorflow/tfjs";
import type { LabelledPhoto } from "../../training/labelled-photo.ts";
import { Student } from "../../training/student.ts";
import { distanceToTeacher } from "../../training/towards-teacher.ts";

await tf.setBackend("onnx");
const folder = await mkdtemp(join(tmpdir(), "amface-towards-"));
after(() => rm(folder, { recursive: true }));

test("distanceToTeacher() is what a net's last bias lacks of the teacher's points in the mean, and leaves no tensors", async () => {
  const faces = [0, 1, 2].map((i) => renderFace(i, 0, { size: 160 }));
  const photos: LabelledPhoto[] = [];
  for (const [i, { image, landmarks }] of faces.entries()) {
    const path = join(folder, `${i}.png`);
    await writePng(path, image);
    photos.push({ path, kind: "celeba", faces: [{ landmarks, trust: 0.4 }], unsure: [] });
  }
  // Neither photos of other kinds nor those of two faces are looked at.
  photos.push({ ...photos[0], kind: "landmarks", path: "not there" });
  photos.push({ ...photos[0], faces: [...photos[0].faces, ...photos[1].faces], path: "not there" });
  const labels = { photos, box: [] as never };
  const student = new Student("lnet", 3);
  const tensors = tf.memory().numTensors;
  const before = await distanceToTeacher(student, labels);
  const bias = student.variables.get("lnet.faces.bias") as tf.Variable;
  tf.tidy(() => bias.assign(tf.add(bias, tf.tensor1d(before))));
  for (const left of await distanceToTeacher(student, labels)) assert.ok(Math.abs(left) < 1e-5, `${left}`);
  assert.equal(tf.memory().numTensors, tensors);
  student.dispose();
});

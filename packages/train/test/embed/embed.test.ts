import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { identityFolder } from "@amface/data";
import { mirrorImage, readImage } from "@amface/images";
import { createNet, type FaceNet } from "@amface/nets";
import { embedder, embedFiles, embedImages } from "@amface/train";
import * as tf from "@tensorflow/tfjs-core";
import { scratch, tinyFaces } from "../tiny-faces.ts";

let dir: string;
let remove: () => Promise<void>;
let files: string[];
let net: FaceNet;
before(async () => {
  await tf.setBackend("onnx");
  ({ dir, remove } = await scratch());
  files = (await identityFolder(await tinyFaces(dir, 2, 3))).files.map(({ path }) => path);
  net = createNet("resface-small", { imageSize: [16, 16], embeddingSize: 4, keepProbability: 0.5 });
});
after(() => remove());

function assertClose(got: Float32Array, expected: Float32Array): void {
  assert.equal(got.length, expected.length);
  got.forEach((value, i) => {
    assert.ok(
      Math.abs(value - expected[i]) <= 1e-5 * Math.abs(expected[i]) + 1e-7,
      `${i}: ${value}, ${expected[i]}`,
    );
  });
}

test("embedFiles() gives a row a file, in their order, whatever the batch size", async () => {
  const count = tf.memory().numTensors;
  const crops = await Promise.all(files.map((file) => readImage(file)));
  const expected = await embedder(net)(crops);
  const progress: number[] = [];
  const got = await embedFiles(net, files, {
    flip: "none",
    batchSize: 4,
    onProgress: (done) => void progress.push(done),
  });
  assert.deepEqual([got.size, got.files, progress], [4, files, [4, 6]]);
  assertClose(got.data, expected);
  assert.notDeepEqual(expected.slice(0, 4), expected.slice(4, 8));
  assert.equal(tf.memory().numTensors, count);
});

test("embedFiles() joins the mirrored crop's embedding side by side, or adds it", async () => {
  const crops = await Promise.all(files.map((file) => readImage(file)));
  const [plain, mirrored] = [await embedder(net)(crops), await embedder(net)(crops.map(mirrorImage))];
  const concat = await embedFiles(net, files);
  assert.equal(concat.size, 8);
  assertClose(concat.data.slice(8, 12), plain.slice(4, 8));
  assertClose(concat.data.slice(12, 16), mirrored.slice(4, 8));
  const sum = await embedFiles(net, files, { flip: "sum" });
  assert.equal(sum.size, 4);
  assertClose(
    sum.data,
    plain.map((value, i) => value + mirrored[i]),
  );
});

test("embedFiles() refuses a broken photo, or leaves it out and says so", async () => {
  const broken = join(dir, "broken.png");
  await writeFile(broken, "no picture");
  const all = [files[0], broken, files[1]];
  await assert.rejects(embedFiles(net, all), { name: "ImageError" });
  const skipped: string[] = [];
  const got = await embedFiles(net, all, { flip: "none", onSkip: ({ path }) => void skipped.push(path) });
  assert.deepEqual([got.files, skipped, got.data.length], [[files[0], files[1]], [broken], 8]);
  await assert.rejects(embedFiles(net, []), /expected one or more that can be read, got none/);
});

test("embedImages() refuses images of another size than the net's", async () => {
  const images = tf.zeros<tf.Rank.R4>([1, 16, 12, 3]);
  await assert.rejects(embedImages(net, images), /expected \[B, 16, 16, 3\], got \[1,16,12,3\]; align/);
  images.dispose();
});

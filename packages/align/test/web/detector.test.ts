import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import {
  detectFaces as detectAtOnce,
  type Face,
  loadDetector as loadAtOnce,
  type Detector as NodeDetector,
} from "@amface/align";
import { type Detector, detectFaces, loadDetector } from "@amface/align/browser";
import { renderScene } from "@amface/data";
import { type RgbImage, readImage } from "@amface/images";
import { WEIGHTS_DIR } from "@amface/weights";
import * as tf from "@tensorflow/tfjs-core";
import { importsOf } from "../../../../test/imports-of.ts";
import { sharedData } from "../../../../test/shared-data.ts";
import { slow } from "../../../../test/slow.ts";
import { pattern } from "../pattern.ts";

const WEIGHTS = join(WEIGHTS_DIR, "detector.safetensors");

let node: NodeDetector;
let detector: Detector;
before(async () => {
  await tf.setBackend("onnx");
  node = await loadAtOnce();
  detector = await loadDetector(await readFile(WEIGHTS));
});
after(() => {
  detector.dispose();
  node.dispose();
});

/** Holds the faces of both detectors against each other. @returns How many there are. */
async function compare(image: RgbImage, name: string): Promise<number> {
  const [expected, got] = [detectAtOnce(node, image), await detectFaces(detector, image)];
  assert.equal(got.length, expected.length, name);
  const numbers = ({ box, landmarks }: Face) => [...box, ...landmarks.flat()];
  for (const [i, face] of expected.entries()) {
    assert.equal(got[i].look, face.look, name);
    assert.ok(
      Math.abs(got[i].score - face.score) < 1e-4,
      `${name}: score ${got[i].score}, not ${face.score}`,
    );
    const off = numbers(face).map((value, k) => Math.abs(value - numbers(got[i])[k]));
    assert.ok(Math.max(...off) < 1e-3, `${name}: off by ${Math.max(...off)} pixels`);
  }
  return expected.length;
}

test("faces on TensorFlow.js lie where they lie on ONNX Runtime, in photos of any size and at a second look", async () => {
  for (const [scene, [width, height]] of [
    [320, 240],
    [203, 151],
    [96, 131],
  ].entries()) {
    const { image } = renderScene(scene, { width, height });
    assert.ok((await compare(image, `scene ${scene}`)) > 0);
    // In blue light it is found in grey levels.
    const blue = { ...image, data: image.data.map((value, i) => (i % 3 === 2 ? value : value / 3)) };
    await compare(blue, `scene ${scene} in blue light`);
  }
  assert.deepEqual(await detectFaces(detector, pattern(1, 1)), []);
});

test("a photo leaves no tensor behind", async () => {
  const { image } = renderScene(0, { width: 160, height: 120 });
  await detectFaces(detector, image);
  const { numTensors } = tf.memory();
  await detectFaces(detector, image);
  assert.equal(tf.memory().numTensors, numTensors);
});

test("the detector is known by the same checksum, and weights that are none are refused", async () => {
  assert.equal(detector.weightsSha256, node.weightsSha256);
  await assert.rejects(loadDetector(new Uint8Array(100)), { name: "WeightsError" });
  await assert.rejects(loadDetector("http://127.0.0.1:9/detector.safetensors"), {
    name: "WeightsError",
    message: /Cannot load the detector's weights http:\/\/127\.0\.0\.1:9\/detector\.safetensors: /,
  });
});

test("nothing that a browser imports needs a module of Node's, or reads tensors at once", async () => {
  const sources = join(import.meta.dirname, "..", "..", "src");
  const imports = importsOf(join(sources, "browser.ts"));
  const needed = [...imports.keys()].filter((path) => !path.endsWith("nets/detector.ts")); // its type alone
  assert.ok(needed.length > 40);
  for (const path of needed) {
    assert.doesNotMatch(
      await readFile(path, "utf8"),
      /from "node:|from "onnxruntime|Buffer\.|dataSync/,
      path,
    );
  }
});

const photos = sharedData("photos");
test("faces of 27 real photos and 40 of LFW lie where they lie on ONNX Runtime", {
  skip: photos === undefined ? "needs ../shared/data" : !slow() && "slow: run with AMFACE_SLOW=1",
  timeout: 280_000,
}, async () => {
  const lfw = sharedData("lfw", "images") as string;
  const people = readdirSync(lfw, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".jpg"),
  );
  const paths = [
    ...readdirSync(photos as string)
      .filter((name) => name.endsWith(".jpg"))
      .map((name) => join(photos as string, name)),
    ...people
      .sort()
      .filter((_, i) => i % Math.ceil(people.length / 40) === 0)
      .map((path) => join(lfw, path)),
  ];
  let faces = 0;
  for (const path of paths) faces += await compare(await readImage(path), path);
  assert.ok(faces > 60, `${faces} faces`);
});

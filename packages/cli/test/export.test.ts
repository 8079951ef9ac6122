import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { useEngine } from "@amface/engine";
import { createNet, readMetadata, saveNet } from "@amface/nets";
import { OrtSession, OrtTensor } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs-core";
import { COMMANDS, runProgram } from "../src/mod.ts";

let dir: string;
before(async () => {
  await useEngine("onnx");
  dir = await mkdtemp(join(tmpdir(), "amface-export-"));
});
after(() => rm(dir, { recursive: true }));

/** Runs the command in this process. */
async function amface(...args: string[]) {
  let [out, err] = ["", ""];
  const status = await runProgram(COMMANDS, [...args, "--json"], {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) } as unknown as NodeJS.WriteStream,
    signal: new AbortController().signal,
  });
  return { status, result: status === 0 ? JSON.parse(out) : undefined, err };
}

test("export writes ONNX models of float images and of pixels, and TensorFlow.js's format, that give the net's embeddings", async () => {
  const net = createNet("resface-small", { imageSize: [32, 32], embeddingSize: 8, seed: 2 });
  const model = join(dir, "net.safetensors");
  await saveNet(net, model);
  for (const [format, ...flags] of [["onnx"], ["onnx", "--pixels"], ["tfjs"]]) {
    const output = join(dir, `${format}${flags}`);
    const { status, result, err } = await amface(
      ...["export", "--model", model, "--format", format, "--output", output, ...flags],
    );
    assert.equal(status, 0, err);
    assert.ok(result.difference < 1e-5 * result.largest, `${result.difference} of ${result.largest}`);
    assert.deepEqual(result.imageShape, [32, 32, 3]);
  }
  // Another number of pixels than the command tried itself.
  const pixels = Uint8Array.from({ length: 5 * 32 * 32 * 3 }, (_, i) => (i * 37) % 256);
  const session = new OrtSession(await readFile(join(dir, "onnx--pixels")));
  const feeds = { pixels: new OrtTensor("uint8", pixels, [5, 32, 32, 3]) };
  const { embeddings } = session.run(feeds, { embeddings: null });
  assert.deepEqual(embeddings.dims, [5, 8]);
  tf.tidy(() => {
    const images = tf.tensor4d(
      Float32Array.from(pixels, (value) => (value - 127.5) / 128),
      [5, 32, 32, 3],
    );
    const expected = (net.model.apply(images) as tf.Tensor).dataSync();
    expected.forEach((value, i) => {
      assert.ok(Math.abs(value - (embeddings.data as Float32Array)[i]) < 1e-5 * (1 + Math.abs(value)));
    });
  });
  session.dispose();
  net.model.dispose();
});

test("export writes safetensors that load as the same net with its metadata, by --half in half the size and within float16's rounding", async () => {
  const net = createNet("resface-small", { imageSize: [32, 32], embeddingSize: 8, seed: 2 });
  const model = join(dir, "whole.safetensors");
  await saveNet(net, model, { trained: "on nothing" });
  const bytes: number[] = [];
  for (const flags of [[], ["--half"]]) {
    const output = join(dir, `again${flags}.safetensors`);
    const { status, result, err } = await amface(
      ...["export", "--model", model, "--format", "safetensors", "--output", output, ...flags],
    );
    assert.equal(status, 0, err);
    const [least, most] = flags.length === 0 ? [0, 0] : [1e-6, 2e-3];
    const off = result.difference / result.largest;
    assert.ok(least <= off && off <= most, `${flags} ${off}`);
    assert.equal((await readMetadata(output)).trained, "on nothing");
    assert.equal(result.preprocessing, undefined);
    bytes.push(result.bytes);
  }
  assert.ok(bytes[1] < 0.55 * bytes[0], `${bytes}`);
  net.model.dispose();
});

test("export takes --half only with safetensors", async () => {
  const { status, err } = await amface(
    ...["export", "--model", join(dir, "none"), "--format", "onnx", "--output", join(dir, "x"), "--half"],
  );
  assert.equal(status, 2);
  assert.match(err, /Cannot take --half: expected --format safetensors with it/);
});

test("export takes --pixels only with onnx, and says where a model is missing", async () => {
  const missing = join(dir, "none");
  const wrong = await amface(
    ...["export", "--model", missing, "--format", "tfjs", "--output", join(dir, "x"), "--pixels"],
  );
  assert.equal(wrong.status, 2);
  assert.match(wrong.err, /Cannot take --pixels: expected --format onnx with it/);
  const none = await amface("export", "--model", missing, "--format", "onnx", "--output", join(dir, "x"));
  assert.equal(none.status, 1);
  assert.match(none.err, /Cannot load a model from .*none/);
});

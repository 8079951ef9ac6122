import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createNet, saveNet } from "@amface/nets";
import { type NdArray, readNpy } from "@amface/numpy";
import { OnnxGraph } from "@amface/tfjs-backend-onnx";
import { pythonWith } from "../../../../test/python-with.ts";
import { sharedData } from "../../../../test/shared-data.ts";
import { readEmbeddings } from "../../src/embeddings/read-embeddings.ts";
import { amface } from "./run-amface.ts";
import { writeCrops } from "./write-crops.ts";

const GOLDEN = join(import.meta.dirname, "golden");
let dir: string;
const file = (...parts: readonly string[]) => join(dir, ...parts);
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-onnx-"));
  await writeCrops(file("tiny"), PIXELS, [12, 10]);
});
after(() => rm(dir, { recursive: true }));

/** `[3, 12, 10, 3]`. */
const PIXELS = Uint8Array.from({ length: 3 * 12 * 10 * 3 }, (_, i) => (i * 37) % 256);

async function embed(model: string, crops: string, ...flags: readonly string[]) {
  const output = file("out.npz");
  const { status, err } = await amface(
    ...["embed", "--model", model, "--input-dir", crops, "--output", output, "--flip", "none", ...flags],
  );
  assert.equal(status, 0, err);
  return { err, ...(await readEmbeddings(output)) };
}

/** The error of a call that fails. */
async function refused(model: string, ...flags: readonly string[]) {
  const { status, err } = await amface(
    ...["embed", "--model", model, "--input-dir", file("tiny"), "--output", file("out.npz"), ...flags],
  );
  const lines = err.split("\n").filter((line) => line.startsWith("amface embed: "));
  assert.equal(lines.length, 1, err);
  return { status, message: lines[0] };
}

function assertClose(got: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5): void {
  assert.equal(got.length, expected.length);
  const largest = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let i = 0; i < expected.length; i++) {
    assert.ok(Math.abs(got[i] - expected[i]) <= tolerance * largest, `${i}: ${got[i]} for ${expected[i]}`);
  }
}

const arrayOf = async <T>(path: string) =>
  (readNpy(new Uint8Array(await readFile(path))) as NdArray).data as T;

/** Writes a model that gives of images [B, 3, 12, 10] or [B, 12, 10, 3] all their values, or of what `then` makes of them. */
function writeModel(
  name: string,
  shape: readonly (number | string)[],
  then?: (graph: OnnxGraph, x: string) => string,
) {
  const graph = new OnnxGraph();
  const x = graph.input("x", "float32", shape);
  const rows = graph.node("Flatten", [then?.(graph, x) ?? x], { axis: 1 });
  graph.output("y", rows, "float32", [shape[0], 360]);
  return writeFile(file(name), graph.encode());
}

test("embed runs a model exported by PyTorch, its values in a file beside it, as ONNX Runtime in Python does", async () => {
  for (const name of ["tiny.onnx", "tiny.onnx.data"]) await copyFile(join(GOLDEN, name), file(name));
  const { embeddings } = JSON.parse(await readFile(join(GOLDEN, "tiny.json"), "utf8"));
  const first = await embed(file("tiny.onnx"), file("tiny"), "--input-preset", "insightface");
  assertClose(first.data, embeddings.flat());
  assert.match(first.err, /tiny\.preprocessing\.json remembers how images are prepared/);
  // What was said once need not be said again.
  const again = await embed(file("tiny.onnx"), file("tiny"));
  assert.deepEqual(again.data, first.data);
  assert.doesNotMatch(again.err, /remembers/);
});

test("values reach a model in its order of axes and channels, shifted and scaled", async () => {
  const each = 12 * 10 * 3;
  const at = (b: number, place: number, channel: number) => PIXELS[b * each + place * 3 + channel];
  const expected = (
    nchw: boolean,
    channels: readonly number[],
    value: (pixel: number, c: number) => number,
  ) =>
    Array.from({ length: 3 }, (_, b) =>
      nchw
        ? channels.flatMap((from, c) => Array.from({ length: 120 }, (_, p) => value(at(b, p, from), c)))
        : Array.from({ length: 120 }, (_, p) => channels.map((from, c) => value(at(b, p, from), c))).flat(),
    ).flat();
  await writeModel("nchw.onnx", ["B", 3, 12, 10]);
  await writeModel("nhwc.onnx", ["B", 12, 10, 3]);
  await writeModel("free.onnx", ["B", "C", "H", "W"]);
  const flags = ["--input-channels", "bgr", "--input-mean", "10,20,30", "--input-scale", "1/2"];
  const shifted = (pixel: number, c: number) => (pixel - 10 * (c + 1)) / 2;
  assertClose(
    (await embed(file("nchw.onnx"), file("tiny"), ...flags)).data,
    expected(true, [2, 1, 0], shifted),
  );
  assertClose(
    (await embed(file("nhwc.onnx"), file("tiny"), ...flags)).data,
    expected(false, [2, 1, 0], shifted),
  );
  const raw = ["--input-mean", "0", "--input-scale", "1"];
  const free = [...raw, "--input-size", "12,10", "--input-layout", "nchw"];
  assertClose(
    (await embed(file("free.onnx"), file("tiny"), ...free)).data,
    expected(true, [0, 1, 2], (pixel) => pixel),
  );
});

test("--input-preset facenet-whitened gives each image mean 0 and deviation 1", async () => {
  await writeModel("white.onnx", ["B", 12, 10, 3]);
  const { data } = await embed(file("white.onnx"), file("tiny"), "--input-preset", "facenet-whitened");
  for (let b = 0; b < 3; b++) {
    const pixels = Array.from(PIXELS.subarray(b * 360, (b + 1) * 360));
    const mean = pixels.reduce((sum, value) => sum + value, 0) / 360;
    const deviation = Math.sqrt(pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 360);
    assertClose(
      data.subarray(b * 360, (b + 1) * 360),
      pixels.map((value) => (value - mean) / deviation),
    );
  }
  // Numbers that are asked for replace what the card says of whitening; beside the preset they are refused.
  const raw = ["--input-mean", "0", "--input-scale", "1"];
  assertClose((await embed(file("white.onnx"), file("tiny"), ...raw)).data, Array.from(PIXELS));
  const both = await refused(file("white.onnx"), ...raw, "--input-preset", "facenet-whitened");
  assert.deepEqual([both.status, /whiten: expected no mean and scale/.test(both.message)], [2, true]);
});

test("a grey image is OpenCV's", async () => {
  const graph = new OnnxGraph();
  const x = graph.input("x", "float32", ["B", 1, 12, 10]);
  graph.output("y", graph.node("Flatten", [x], { axis: 1 }), "float32", ["B", 120]);
  await writeFile(file("grey.onnx"), graph.encode());
  const raw = ["--input-channels", "grey", "--input-mean", "0", "--input-scale", "1"];
  const grey = await embed(file("grey.onnx"), file("tiny"), ...raw);
  const expected = Array.from({ length: 360 }, (_, i) => {
    const [red, green, blue] = PIXELS.subarray(3 * i, 3 * i + 3);
    return Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
  });
  assertClose(grey.data, expected);
});

test("a model of batches of 2 gets 3 crops in two batches, filled up and cut; one of single images too", async () => {
  await writeModel("any.onnx", ["B", 3, 12, 10]);
  const raw = ["--input-mean", "0", "--input-scale", "1"];
  const expected = (await embed(file("any.onnx"), file("tiny"), ...raw)).data;
  await writeModel("two.onnx", [2, 3, 12, 10]);
  assert.deepEqual((await embed(file("two.onnx"), file("tiny"), ...raw)).data, expected);
  // Says that the batch is free, but has it as a constant inside.
  await writeModel("single.onnx", ["B", 3, 12, 10], (g, x) => g.node("Reshape", [x, g.ints([1, 3, 12, 10])]));
  assert.deepEqual((await embed(file("single.onnx"), file("tiny"), ...raw)).data, expected);
  assert.deepEqual((await embed(file("any.onnx"), file("tiny"), "--batch-size", "2")).data, expected);
});

test("a model of uint8 pixels gets pixels", async () => {
  const graph = new OnnxGraph();
  const x = graph.node("Cast", [graph.input("x", "uint8", ["B", 12, 10, 3])], { to: 1 });
  graph.output("y", graph.node("Flatten", [x], { axis: 1 }), "float32", ["B", 360]);
  await writeFile(file("bytes.onnx"), graph.encode());
  const { data } = await embed(file("bytes.onnx"), file("tiny"), "--input-mean", "0", "--input-scale", "1");
  assert.deepEqual(Array.from(data), Array.from(PIXELS));
  const scaled = await refused(file("bytes.onnx"), "--input-preset", "insightface");
  assert.match(scaled.message, /expected --input-mean 0 and --input-scale 1 for an input of uint8, got/);
});

test("what amface export wrote is run as it is, by the card that it leaves, and embeds as the net", async () => {
  const net = createNet("resface-small", { imageSize: [32, 32], embeddingSize: 8, seed: 2 });
  await saveNet(net, file("net.safetensors"));
  net.model.dispose();
  const pixels = Uint8Array.from({ length: 3 * 32 * 32 * 3 }, (_, i) => (i * 91) % 256);
  await writeCrops(file("larger"), pixels, [32, 32]);
  const { data } = await embed(file("net.safetensors"), file("larger"));
  for (const [model, ...flags] of [["floats.onnx"], ["pixels.onnx", "--pixels"], ["tfjs"]]) {
    const format = model === "tfjs" ? "tfjs" : "onnx";
    const { status, err } = await amface(
      ...[
        "export",
        "--model",
        file("net.safetensors"),
        "--format",
        format,
        "--output",
        file(model),
        ...flags,
      ],
    );
    assert.equal(status, 0, err);
    assertClose(
      (await embed(format === "tfjs" ? file(model, "model.json") : file(model), file("larger"))).data,
      data,
    );
  }
});

test("what cannot be run is told in one line", async () => {
  const raw = ["--input-mean", "0", "--input-scale", "1"];
  await writeModel("unknown.onnx", ["B", 3, 12, 10]);
  const unknown = await refused(file("unknown.onnx"));
  assert.equal(unknown.status, 2);
  assert.match(unknown.message, /Cannot tell what values .* takes: expected --input-preset insightface or/);

  const two = new OnnxGraph();
  const [a, b] = ["a", "b"].map((name) => two.input(name, "float32", ["B", 3, 12, 10]));
  two.output("y", two.node("Add", [a, b]), "float32", ["B", 3, 12, 10]);
  await writeFile(file("inputs.onnx"), two.encode());
  assert.match(
    (await refused(file("inputs.onnx"), ...raw)).message,
    /expected one input, of images, got a \[\?, 3, 12, 10\], b/,
  );
  const map = new OnnxGraph();
  map.output("y", map.node("Relu", [map.input("x", "float32", ["B", 3, 12, 10])]), "float32", [
    "B",
    3,
    12,
    10,
  ]);
  await writeFile(file("map.onnx"), map.encode());
  assert.match(
    (await refused(file("map.onnx"), ...raw)).message,
    /expected embeddings \[2, D\] of float32 as its output y, got Float32Array \[2, 3, 12, 10\]/,
  );
  await writeModel("custom.onnx", ["B", 3, 12, 10], (g, x) => g.node("com.acme.Foo", [x]));
  assert.match((await refused(file("custom.onnx"), ...raw)).message, /got the custom com\.acme\.Foo/);
  await writeModel("shape.onnx", ["B", 4, 12, 10]);
  assert.match((await refused(file("shape.onnx"), ...raw)).message, /Cannot run .*shape\.onnx: expected /);
  await writeModel("ok.onnx", ["B", 3, 12, 10]);
  const wasm = await refused(file("ok.onnx"), ...raw, "--engine", "wasm");
  assert.deepEqual([wasm.status, /expected --engine onnx/.test(wasm.message)], [2, true]);
  assert.match((await refused(file("ok.onnx"), ...raw, "--net", "iresnet18")).message, /leave --net out/);
  const size = await refused(file("ok.onnx"), ...raw, "--input-mean", "1,2");
  assert.match(size.message, /mean: expected one number, or one for each of 3 channels, got 1,2/);
  assert.match((await refused(file("missing.onnx"), ...raw)).message, /Cannot read .*missing\.onnx: ENOENT/);
  await mkdir(file("alone"));
  await copyFile(join(GOLDEN, "tiny.onnx"), file("alone", "tiny.onnx"));
  assert.match(
    (await refused(file("alone", "tiny.onnx"), ...raw)).message,
    /expected .*tiny\.onnx\.data with at least 432 bytes of its constants, got nothing there/,
  );
  await writeFile(
    file("ok.preprocessing.json"),
    '{"format": "amface-preprocessing-card", "version": 1, "mean": "a"}',
  );
  assert.match((await refused(file("ok.onnx"))).message, /card .*: mean: expected a list, got "a"/);
});

const python = pythonWith("torch", "onnx", "onnxscript", "onnxruntime");
const weights = sharedData("weights", "mobilefacenet-112x96.safetensors");
const crops = sharedData("golden", "crops-112x96.npy");

test("MobileFaceNet exported by PyTorch embeds the golden crops as ONNX Runtime in Python and as the native net does", {
  skip:
    python === undefined
      ? "needs PyTorch, onnx, onnxscript and onnxruntime in AMFACE_PYTHON or python3"
      : weights && crops
        ? false
        : "needs ../shared/data/golden and ../shared/data/weights",
}, async (t) => {
  const script = join(import.meta.dirname, "make-onnx.py");
  const { status, stderr } = spawnSync(python!, [script, weights!, crops!, dir], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const pixels = await arrayOf<Uint8Array>(crops!);
  await writeCrops(file("golden"), pixels, [112, 96]);
  const expected = await arrayOf<Float32Array>(file("expected.npy"));
  const native = await embed(weights!, file("golden"), "--net", "mobilefacenet");
  assertClose(native.data, expected, 1e-4);
  const raw = ["--input-channels", "bgr", "--input-mean", "0", "--input-scale", "1"];
  const bgr = ["nhwc-bgr.onnx", ...raw];
  const several = ["several.onnx", "--input-preset", "amface", "--output-name", "embedding"];
  for (const [model, ...flags] of [
    ["twin.onnx", "--input-preset", "amface"],
    ["fixed.onnx", "--input-preset", "facenet"],
    bgr,
    several,
  ]) {
    const { data } = await embed(file(model), file("golden"), ...flags);
    assertClose(data, expected);
    const difference = data.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
    t.diagnostic(`${model}: ${difference.toExponential(1)}`);
  }
  assert.match(
    (await refused(file("several.onnx"), "--input-preset", "amface")).message,
    /or its name by --output-name/,
  );
  assert.ok((await stat(file("twin.preprocessing.json"))).isFile());
});

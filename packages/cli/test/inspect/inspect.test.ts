import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync, inflateSync } from "node:zlib";
import { type NamedTensor, writeSafetensors } from "@amface/nets";
import { encodeZip } from "@amface/numpy";
import { COMMANDS, runProgram } from "../../src/mod.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "amface-inspect-"));
});
after(() => rm(folder, { recursive: true }));

async function inspect(path: string) {
  let out = "";
  let err = "";
  const status = await runProgram(COMMANDS, ["inspect", path, "--json"], {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text), isTTY: false } as unknown as NodeJS.WriteStream,
    signal: new AbortController().signal,
  });
  return { status, err, result: status === 0 ? JSON.parse(out) : undefined };
}

const golden = (...parts: readonly string[]) => {
  const text = readFileSync(join(import.meta.dirname, "..", "..", "..", ...parts), "utf8");
  return Object.values(JSON.parse(text) as Record<string, Record<string, never>>)[0];
};
const unpack = (text: string) => inflateSync(Buffer.from(text, "base64"));

test("inspect names form, tensors and types of what PyTorch saved", async () => {
  for (const [kind, form] of [
    ["zip", /torch\.save, a zip archive/],
    ["legacy", /torch\.save, in the form before 1\.6/],
  ] as const) {
    const path = join(folder, `${kind}.pth`);
    await writeFile(path, unpack(golden("numpy", "test", "golden", "torch-files.json")[kind]));
    const { result } = await inspect(path);
    assert.match(result.format, form);
    assert.deepEqual(result.tensors[2], { name: "float16", dtype: "F16", shape: [2, 3] });
    assert.equal(result.tensors.length, 17);
    assert.equal(result.fit, null);
  }
});

test("inspect tells which net weights fit, and what is missing, too much or of another size", async () => {
  const names = ["conv1.conv.weight", "linear1.conv.weight", "head.weight"];
  const shapes = [[64, 3, 3, 3], [128, 512, 1, 1], [3]];
  const tensors = names.map((name, i): NamedTensor => {
    const shape = i === 0 ? [64, 3, 3, 2] : shapes[i];
    return { name, shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) };
  });
  const path = join(folder, "part.safetensors");
  await writeSafetensors(path, tensors);
  const { fit } = (await inspect(path)).result;
  assert.equal(fit.net, "mobilefacenet");
  assert.equal(fit.embeddingSize, 128);
  assert.ok(fit.missing.includes("conv1.bn.weight") && !fit.missing.includes("linear1.conv.weight"));
  assert.deepEqual(fit.different, ["conv1.conv.weight"]);
  assert.deepEqual(fit.extra, ["head.weight"]);
});

test("inspect tells arrays, columns and records from each other", async () => {
  const at = (name: string) => inspect(join(import.meta.dirname, "..", "embeddings", "golden", name));
  const npz = (await at("compressed.npz")).result;
  assert.match(npz.format, /\.npz/);
  assert.deepEqual(
    npz.tensors.map(({ name }: { name: string }) => name),
    ["features.npy", "names.npy"],
  );
  const parquet = (await at("lists.parquet")).result;
  assert.deepEqual(
    parquet.tensors.map(({ name, shape }: { name: string; shape: number[] }) => [name, shape]),
    [
      ["id", [3]],
      ["path", [3]],
      ["embedding", [3]],
    ],
  );
  await mkdir(join(folder, "records"));
  const files = golden("data", "test", "shards", "golden", "recordio.json").identities;
  for (const name of ["rec", "idx"])
    await writeFile(join(folder, "records", `train.${name}`), unpack(files[name]));
  await writeFile(join(folder, "records", "property"), "4,4,6\n");
  const records = (await inspect(join(folder, "records", "train.rec"))).result;
  assert.deepEqual(records.metadata, { photos: "23", identities: "4", property: "4,4,6" });
});

test("inspect tells of Arrow's files and streams columns, types and rows", async () => {
  const at = (name: string) => inspect(join(import.meta.dirname, "..", "embeddings", "golden", name));
  const columns = [
    { name: "id", dtype: "I64", shape: [3] },
    { name: "path", dtype: "utf8", shape: [3] },
    { name: "embedding", dtype: "list<F32>", shape: [3] },
  ];
  for (const [name, form] of [
    ["lists.arrow", /a file of 1 batch$/],
    ["stream.arrow", /a stream of 2 batches/],
  ] as const) {
    const { result } = await at(name);
    assert.match(result.format, form);
    assert.deepEqual(result.tensors, columns);
  }
});

test("inspect tells of ONNX inputs, outputs, opset, producer and constants", async () => {
  const path = join(import.meta.dirname, "..", "foreign", "golden", "tiny.onnx");
  const { result } = await inspect(path);
  assert.deepEqual(result.tensors[0], { name: "0.weight", dtype: "F32", shape: [4, 3, 3, 3] });
  const { inputs, outputs, opset, producer, operators, "values in": where } = result.metadata;
  assert.deepEqual(
    { inputs, outputs, opset, where },
    {
      inputs: "data  F32 [batch, 3, 12, 10]",
      outputs: "embedding  F32 [batch, 4]",
      opset: "ai.onnx 20",
      where: "tiny.onnx.data",
    },
  );
  assert.match(producer, /^pytorch 2\./);
  assert.match(operators, /Conv 1, PRelu 1/);
});

test("inspect takes no more memory for an ONNX file of 1.5 GB of values", async () => {
  const path = join(folder, "large.onnx");
  const bytes = 1.5e9;
  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
  const part = (field: number, content: readonly number[]) => [
    ...varint(field * 8 + 2),
    ...varint(content.length),
    ...content,
  ];
  // Name, type and size of a constant, then the beginning of its values, which the sparse file has as zeros.
  const tensor = [8, ...varint(bytes / 4), 16, 1, ...part(8, [0x77]), ...varint(9 * 8 + 2), ...varint(bytes)];
  const graph = [...varint(5 * 8 + 2), ...varint(tensor.length + bytes), ...tensor];
  const start = [8, 9, ...varint(7 * 8 + 2), ...varint(graph.length + bytes), ...graph];
  const file = await open(path, "w");
  await file.write(Uint8Array.from(start));
  await file.truncate(start.length + bytes);
  await file.close();
  await inspect(join(import.meta.dirname, "..", "foreign", "golden", "tiny.onnx")); // so that modules are there
  const before = process.memoryUsage().rss;
  const { result, err } = await inspect(path);
  assert.deepEqual(result?.tensors, [{ name: "w", dtype: "F32", shape: [bytes / 4] }], err);
  assert.ok(process.memoryUsage().rss - before < 50e6);
});

test("inspect tells of TensorFlow's graphs, SavedModels and checkpoints, of TensorFlow.js and of Keras", async () => {
  const made = join(import.meta.dirname, "golden");
  const frozen = (await inspect(join(made, "frozen.pb"))).result;
  assert.match(frozen.format, /frozen/);
  assert.equal(frozen.metadata.inputs, "images  F32 [?, 12, 10, 3]");
  assert.ok(frozen.tensors.some(({ shape }: { shape: number[] }) => String(shape) === "3,3,3,8"));

  const saved = join(folder, "saved");
  await mkdir(join(saved, "variables"), { recursive: true });
  await writeFile(join(saved, "saved_model.pb"), gunzipSync(readFileSync(join(made, "saved_model.pb.gz"))));
  await copyFile(join(made, "variables.index"), join(saved, "variables", "variables.index"));
  const model = (await inspect(join(saved, "saved_model.pb"))).result;
  assert.match(model.format, /SavedModel/);
  assert.match(model.metadata.TensorFlow, /^2\./);
  assert.match(model.metadata.serve, /takes .* {2}F32 \[\?, 12, 10, 3\], gives .* {2}F32 \[\?, 16\]/);
  const index = (await inspect(join(saved, "variables", "variables.index"))).result;
  assert.deepEqual(index.tensors, model.tensors);
  assert.ok(index.tensors.length > 10);

  const { result } = await inspect(
    join(import.meta.dirname, "..", "foreign", "golden", "keras", "model.json"),
  );
  assert.match(result.metadata.convertedBy, /TensorFlow\.js Converter/);
  assert.ok(result.tensors.some(({ name }: { name: string }) => name === "conv2d/kernel"));
});

test("inspect quotes what an archive and metadata say of a licence", async () => {
  const text = (name: string, content: string) => [name, new TextEncoder().encode(content)] as const;
  const path = join(folder, "pack.zip");
  const readme = "# A pack\nof models\nFor non-commercial research purposes only.\n";
  await writeFile(
    path,
    Buffer.concat(encodeZip([text("README.md", readme), text("a/LICENSE", "Be kind.\n")])),
  );
  const { result } = await inspect(path);
  assert.deepEqual(result.licence, [
    "README.md: For non-commercial research purposes only.",
    "a/LICENSE: Be kind.",
  ]);
  assert.match(result.format, /a zip archive/);
  const weights = join(folder, "terms.safetensors");
  await writeSafetensors(weights, [{ name: "a", shape: [1], data: Float32Array.of(1) }], {
    terms: "CC BY-NC 4.0",
  });
  assert.deepEqual((await inspect(weights)).result.licence, ["terms: CC BY-NC 4.0"]);
});

test("inspect refuses what is none of these by one line, with exit status 1", async () => {
  await writeFile(join(folder, "other"), "a text that is long enough to be none of these");
  const { status, err } = await inspect(join(folder, "other"));
  assert.equal(status, 1);
  assert.match(err, /^amface inspect: Cannot read .*other as safetensors: [^\n]+\n$/);
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { inflateSync } from "node:zlib";
import { type NamedTensor, writeSafetensors } from "@amface/nets";
import { COMMANDS, runProgram } from "../src/mod.ts";

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
  const text = readFileSync(join(import.meta.dirname, "..", "..", ...parts), "utf8");
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
  const at = (name: string) => inspect(join(import.meta.dirname, "embeddings", "golden", name));
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

test("inspect refuses what is none of these by one line, with exit status 1", async () => {
  await writeFile(join(folder, "other"), "a text that is long enough to be none of these");
  const { status, err } = await inspect(join(folder, "other"));
  assert.equal(status, 1);
  assert.match(err, /^amface inspect: Cannot read .*other as safetensors: [^\n]+\n$/);
});

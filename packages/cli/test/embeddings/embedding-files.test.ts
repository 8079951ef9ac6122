import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pythonWith } from "../../../../test/python-with.ts";
import { readEmbeddings } from "../../src/embeddings/read-embeddings.ts";
import { writeEmbeddings } from "../../src/embeddings/write-embeddings.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "amface-embedding-files-"));
});
after(() => rm(folder, { recursive: true }));

/** What `embedding-files.py` writes. */
const PATHS = ["Ann/1.jpg", "Ann/2.jpg", "Zoë/1.jpg"];
const DATA = Float32Array.from({ length: 12 }, (_, i) => (i - 5) / 8);
const GOLDEN = join(import.meta.dirname, "golden");
const FILES = [
  ...["stored.npz", "compressed.npz", "fortran.npz", "lists.parquet", "fixed.parquet", "plain.parquet"],
  ...["lists.arrow", "fixed.arrow", "stream.arrow"],
];

const script = join(import.meta.dirname, "embedding-files.py");
const python = pythonWith("numpy", "pyarrow");
const skip = python ? false : "needs NumPy and PyArrow in AMFACE_PYTHON or python3";
function runPython(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(python as string, [script, ...args], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout;
}

async function readsAll(dir: string): Promise<void> {
  for (const file of FILES) {
    const table = await readEmbeddings(join(dir, file));
    assert.deepEqual({ file, ...table }, { file, paths: PATHS, data: DATA, size: 4 });
  }
}

test("readEmbeddings() reads the .npz, .parquet and .arrow files of NumPy 2.4 and PyArrow 26", () =>
  readsAll(GOLDEN));

test("readEmbeddings() reads the files of the NumPy and PyArrow that are here", { skip }, async () => {
  runPython("write", folder);
  await readsAll(folder);
});

for (const ending of [".npz", ".parquet", ".arrow", ".feather", ".npy"]) {
  test(`readEmbeddings() reads what writeEmbeddings() wrote as ${ending}`, async () => {
    const file = join(folder, `own${ending}`);
    await writeEmbeddings(file, { names: PATHS, data: DATA, size: 4 });
    assert.deepEqual(await readEmbeddings(file), { paths: PATHS, data: DATA, size: 4 });
  });

  test(`Python reads what writeEmbeddings() wrote as ${ending}`, {
    skip: skip || ending === ".npy",
  }, async () => {
    const file = join(folder, `python${ending}`);
    await writeEmbeddings(file, { names: PATHS, data: DATA, size: 4 });
    const rows = [0, 1, 2].map((row) => [...DATA.subarray(4 * row, 4 * row + 4)]);
    assert.deepEqual(JSON.parse(runPython("read", file)), [PATHS, rows]);
  });
}

test("readEmbeddings() says what is wrong with a file that it cannot use", async () => {
  const refuses = async (file: string, message: RegExp) =>
    assert.rejects(readEmbeddings(join(folder, file)), message);
  await copyFile(join(GOLDEN, "lz4.feather"), join(folder, "lz4.feather"));
  await refuses("lz4.feather", /Cannot read .*lz4\.feather as Arrow: .*compression; write it without/);
  for (const ending of ["npz", "parquet", "arrow"]) {
    await writeFile(
      join(folder, `other.${ending}`),
      "not such a file, but long enough to be looked at from its end",
    );
    await refuses(`other.${ending}`, new RegExp(`Cannot read .*other\\.${ending}`));
    await refuses(`none.${ending}`, /Cannot read .*none.*ENOENT/);
  }
  await writeEmbeddings(join(folder, "fewer.npz"), { names: PATHS, data: DATA.subarray(0, 8), size: 4 });
  await refuses("fewer.npz", /Cannot read .*fewer\.npz: .*expected 48 bytes for \[3,4\] of <f4, got 32/);
});

import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { OpenBytes } from "@amface/files";
import { type BundleEntry, type GraphTensor, readBundleIndex, readGraph, readSavedModel } from "@amface/nets";
import { type Inspected, type InspectedTensor, shownTensor } from "./inspected.ts";

const DTYPES: Readonly<Record<number, string>> = {
  ...{
    1: "F32",
    2: "F64",
    3: "I32",
    4: "U8",
    5: "I16",
    6: "I8",
    7: "text",
    9: "I64",
    10: "BOOL",
    14: "BF16",
    19: "F16",
  },
};
const dtypeOf = (code: number) => DTYPES[code] ?? `type ${code}`;

const named = ({ name, dtype, shape }: GraphTensor | BundleEntry): InspectedTensor => ({
  name,
  dtype: dtypeOf(dtype),
  shape: shape.map((size) => (size < 0 ? "?" : size)),
});

/** The part of a checkpoint's path that its files share. */
const SUFFIX = /\.(index|meta|data-\d{5}-of-\d{5})$/;

/** The index of a checkpoint, where a path is that of one of its files. */
export async function checkpointIndex(path: string): Promise<string | undefined> {
  const index = `${path.replace(SUFFIX, "")}.index`;
  const found = SUFFIX.test(path) ? await stat(index).catch(() => undefined) : undefined;
  return found?.isFile() ? index : undefined;
}

/** A checkpoint by its index, which holds no values. */
export async function inspectCheckpoint(index: string): Promise<Inspected> {
  const { shards, entries } = readBundleIndex(new Uint8Array(await readFile(index)), index);
  return {
    format: "a TensorFlow checkpoint",
    tensors: entries.map(named),
    metadata: { "data files": String(shards) },
    isNet: false,
  };
}

/** A SavedModel with what its signatures take and give, and its variables; or the graph of a frozen model. */
export async function inspectGraph(bytes: OpenBytes, path: string): Promise<Inspected> {
  if (bytes.read(0, 1)[0] !== 0x08) {
    const { operators, constants, inputs } = readGraph(bytes, path);
    return {
      format: "a TensorFlow graph with its constants (frozen)",
      tensors: constants.map(named),
      metadata: {
        inputs: inputs.map((input) => shownTensor(named(input))).join("; "),
        operators: [...operators]
          .map(([name, count]) => `${name} ${count}`)
          .join(", ")
          .slice(0, 1000),
      },
      isNet: false,
    };
  }
  const { tags, version, signatures } = readSavedModel(bytes, path);
  const index = join(dirname(path), "variables", "variables.index");
  const found = await stat(index).catch(() => undefined);
  const list = (tensors: readonly GraphTensor[]) =>
    tensors.map((each) => shownTensor(named(each))).join("; ");
  const texts = signatures.map(
    ({ name, inputs, outputs }) => [name, `takes ${list(inputs)}, gives ${list(outputs)}`] as const,
  );
  return {
    format: "a TensorFlow SavedModel",
    tensors: found?.isFile() ? (await inspectCheckpoint(index)).tensors : [],
    metadata: { TensorFlow: version, tags: tags.join(", "), ...Object.fromEntries(texts) },
    isNet: false,
  };
}

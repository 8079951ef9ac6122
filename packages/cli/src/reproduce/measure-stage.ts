import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { listIdentities, parseJson, readText } from "@amface/files";
import { readImage } from "@amface/images";
import { readSafetensors } from "@amface/nets";
import { readNotebook } from "@amface/notebook";
import { readMetrics, runFolder } from "@amface/train";
import { findPlace } from "./find-place.ts";
import type { Stage, Value } from "./result-row.ts";

/** What a stage came to, by the names that its row expects; what is not there is left out. */
export type Measured = Readonly<Record<string, Value>>;

/** What a row has made so far. */
export interface Made {
  /** The row's folder. */
  readonly dir: string;
  /** Where data lies, by its names. */
  readonly places: Readonly<Record<string, string>>;
  /** What the last command printed with `--json`. */
  readonly printed: unknown;
}

/** Measures a stage. @throws {Error} When what it looks at is not there or cannot be read. */
export async function measureStage(stage: Stage, { dir, places, printed }: Made): Promise<Measured> {
  const keys = Object.keys(stage.expected);
  if (stage.of === "printed") return valuesAt(printed, keys);
  const place = await findPlace(dir, stage.path ?? "", places);
  switch (stage.of) {
    case "files":
      return checkFiles(place);
    case "images":
      return checkImages(place);
    case "json":
      return valuesAt(
        parseJson(await readText(place), () => undefined),
        keys,
      );
    case "weights":
      return checkWeights(place);
    case "batches":
      return batchesOf(place, keys);
    case "losses":
      return lossesOf(place);
    case "notebook":
      return numbersIn(await notebookText(place), stage.find ?? {});
  }
}

/** Names and bytes of the photos of identity folders. */
async function checkFiles(dir: string): Promise<Measured> {
  const files = (await listIdentities(dir)).flatMap((identity) => identity.files);
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\n`).update(await readFile(join(dir, file)));
  return { count: files.length, sha256: hash.digest("hex") };
}

/** Names and pixels of the photos of identity folders, however they are compressed, and the mean of all values. */
async function checkImages(dir: string): Promise<Measured> {
  const files = (await listIdentities(dir)).flatMap((identity) => identity.files);
  const hash = createHash("sha256");
  let [sum, values] = [0, 0];
  for (const file of files) {
    const { data, width, height } = await readImage(join(dir, file));
    hash.update(`${file} ${width}x${height}\n`).update(data);
    for (const value of data) sum += value;
    values += data.length;
  }
  return { count: files.length, sha256: hash.digest("hex"), mean: sum / values };
}

/** Names, shapes and values of a net's tensors, and the length of all values together. */
async function checkWeights(path: string): Promise<Measured> {
  const { tensors } = await readSafetensors(path);
  const hash = createHash("sha256");
  let squares = 0;
  for (const name of [...tensors.keys()].sort()) {
    const { shape, data } = tensors.get(name)!;
    hash.update(`${name} [${shape}]\n`).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    for (const value of data) squares += Number(value) ** 2;
  }
  return { sha256: hash.digest("hex"), norm: Math.sqrt(squares) };
}

/** `step N`: which photos its batch held; `all`: those of every step. */
async function batchesOf(run: string, keys: readonly string[]): Promise<Measured> {
  const steps = await readMetrics(runFolder(run).metrics);
  const all = createHash("sha256");
  for (const { step, photos = "" } of steps) all.update(`${step} ${photos}\n`);
  const digests = steps.map(({ step, photos = "" }) => [`step ${step}`, photos] as const);
  const wanted = digests.filter(([name]) => keys.includes(name));
  return { ...Object.fromEntries(wanted), all: all.digest("hex") };
}

async function lossesOf(run: string): Promise<Measured> {
  const steps = await readMetrics(runFolder(run).metrics);
  return Object.fromEntries(steps.map(({ step, loss }) => [`step ${step}`, loss]));
}

/** Numbers and texts by their paths, such as `accuracy.mean`. */
function valuesAt(json: unknown, keys: readonly string[]): Measured {
  const found = keys.flatMap((key) => {
    const value = key
      .split(".")
      .reduce<unknown>((at, part) => (at as Readonly<Record<string, unknown>> | undefined)?.[part], json);
    return typeof value === "number" || typeof value === "string" ? [[key, value] as const] : [];
  });
  return Object.fromEntries(found);
}

/** All text that the cells of an executed notebook put out. */
async function notebookText(path: string): Promise<string> {
  const { cells } = await readNotebook(path);
  const outputs = cells.flatMap(({ outputs = [] }) => outputs);
  const texts = outputs.flatMap((output) =>
    output.output_type === "stream"
      ? output.text
      : output.output_type === "display_data"
        ? [output.data["text/plain"] ?? []].flat().concat("\n")
        : [],
  );
  return texts.join("");
}

function numbersIn(text: string, find: Readonly<Record<string, string>>): Measured {
  const found = Object.entries(find).flatMap(([name, pattern]) => {
    const number = Number(new RegExp(pattern).exec(text)?.[1]);
    return Number.isNaN(number) ? [] : [[name, number] as const];
  });
  return Object.fromEntries(found);
}

import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";

const counts = z.strictObject({
  identities: z.int().positive(),
  photos: z.int().positive(),
});

const layout = z.strictObject({
  /** A photo's path in words, such as `Name/Name_0001.jpg`. */
  example: z.string().min(1),
  /** A regular expression for the whole path of a photo, relative to the folder, `/` between the parts. */
  photo: z.string().optional(),
  /** Whether each identity's photos are numbered from 1 without a gap, the number standing before the extension. */
  numbered: z.boolean().default(false),
  /** A JSON file in the folder whose keys are the paths of all photos. */
  index: z.string().optional(),
});

const download = z.strictObject({
  /** Address that the files' names are relative to, with a slash at its end. */
  from: z.url().endsWith("/"),
  files: z.record(
    z.string().regex(/^[\w.-]+$/),
    z.strictObject({ bytes: z.int().positive(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
  /** What to do with the folder, to end a sentence. */
  use: z.string().min(1),
});

const fields = z.strictObject({
  /** What `amface datasets check` calls it: the file's name without `.json`. */
  name: z.string().regex(/^[a-z0-9-]+$/),
  title: z.string().min(1),
  description: z.string().min(1),
  /** Web page or program that it comes from. */
  source: z.string().min(1),
  citation: z.string().optional(),
  licence: z.string().min(1),
  /** Where photos lie in identity folders; absent where the set is the files of `download`. */
  layout: layout.optional(),
  /** Files that `amface datasets get` fetches, with their sizes and SHA-256 checksums; all of them belong to a copy. */
  download: download.optional(),
  /** Of the whole set, as its makers count them; absent where the set has no fixed size. */
  expected: counts.optional(),
  /** Parts in which the set is handed out, with their own counts. */
  parts: z.record(z.string(), counts).default({}),
  /** MD5 checksums of files that come with the set, by their names; those that nobody has published are left out. */
  md5: z.record(z.string(), z.string().regex(/^[0-9a-f]{32}$/)).default({}),
  /** What a reader should know besides. */
  notes: z.array(z.string()).default([]),
  /** Settings with which a generated set is made, by their names. */
  presets: z.record(z.string(), z.unknown()).optional(),
});

const schema = fields.refine(({ layout, download }) => layout ?? download, {
  message: "expected a layout of photos, or files to download",
});

/** What is known of a data set: where it comes from, under which licence, and what a whole copy holds. */
export type DatasetCard = z.infer<typeof schema>;

export type DatasetDownload = NonNullable<DatasetCard["download"]>;

/** A card that is missing or does not keep the form; the message lists everything that is wrong with it. */
export class DatasetCardError extends Error {
  override readonly name = "DatasetCardError";
}

/**
 * Reads a card, and fills in what may be absent.
 *
 * @throws {DatasetCardError} When there is no such file, or it does not keep the form.
 */
export async function readDatasetCard(path: string): Promise<DatasetCard> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new DatasetCardError(`Cannot read the dataset card ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.join(".") || "card"}: ${message}`,
    );
    throw new DatasetCardError(`Cannot use the dataset card ${path}: ${problems.join("; ")}`);
  }
  if (`${parsed.data.name}.json` !== basename(path)) {
    throw new DatasetCardError(
      `Cannot use the dataset card ${path}: expected the name ${basename(path, ".json")}, got ${parsed.data.name}`,
    );
  }
  return parsed.data;
}

/**
 * Reads all cards of a folder, in the order of their names.
 *
 * @throws {DatasetCardError} When the folder is missing or has no cards, or one does not keep the form.
 */
export async function readDatasetCards(dir: string): Promise<DatasetCard[]> {
  const files = await readdir(dir).catch((cause: Error) => {
    throw new DatasetCardError(`Cannot read the dataset cards in ${dir}: ${cause.message}`, { cause });
  });
  const cards = files.filter((file) => file.endsWith(".json")).sort();
  if (cards.length === 0) {
    throw new DatasetCardError(`Cannot read the dataset cards in ${dir}: expected *.json, got none`);
  }
  return Promise.all(cards.map((file) => readDatasetCard(join(dir, file))));
}

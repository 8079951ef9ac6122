import { rm } from "node:fs/promises";
import { writeFileAtomic } from "@amface/files";
import { encodeNpy } from "./npy.ts";
import { pathsFileOf } from "./read-embeddings.ts";

/**
 * Writes embeddings as a NumPy file, and beside it, `a.json` of `a.npy`, what each row is called as a JSON array.
 *
 * @returns The file of the names.
 * @throws {WriteError} When one of the files cannot be written.
 */
export async function writeEmbeddings(
  file: string,
  {
    names,
    data,
    size,
  }: { readonly names: readonly string[]; readonly data: Float32Array; readonly size: number },
): Promise<string> {
  const namesFile = pathsFileOf(file);
  // A run that is killed between the two must not leave earlier embeddings under the new names.
  await rm(file, { force: true });
  await writeFileAtomic(namesFile, `${JSON.stringify(names)}\n`);
  await writeFileAtomic(file, encodeNpy(data, [names.length, size]));
  return namesFile;
}

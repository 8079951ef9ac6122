import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { FACE_VERSION } from "@amface/data";

/** What the labels and the weights after them are made of: changes with any file's name, size or time below a folder. */
export async function dataVersion(dataDir: string): Promise<string> {
  const hash = createHash("sha256").update(`${FACE_VERSION}\n`);
  for (const part of ["landmarks", "celeba", "negatives", "weights"]) {
    const names = await readdir(join(dataDir, part), { recursive: true }).catch((cause) => {
      if (part === "negatives") return [];
      throw cause;
    });
    for (const name of names.sort()) {
      const { size, mtimeMs } = await stat(join(dataDir, part, name));
      hash.update(`${part}/${name} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest("hex");
}

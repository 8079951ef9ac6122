import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Preprocessing } from "./preprocessing.ts";

/** SHA-256 of files, one after the other, and of how images are prepared. */
export async function digestFiles(files: readonly string[], settings: Preprocessing): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) for await (const part of createReadStream(file)) hash.update(part as Buffer);
  return hash.update(JSON.stringify(Object.entries(settings).sort())).digest("hex");
}

import { createHash } from "node:crypto";
import { join, sep } from "node:path";
import type { StreamBatch } from "@amface/data";

/**
 * Which photos a batch holds, in which order and under which labels, in 16 hexadecimal digits: the same wherever the
 * photos lie, another where one photo or label is.
 *
 * @param dataDir The folder of the photos or shards.
 */
export function batchDigest({ labels, sources }: StreamBatch, dataDir: string): string {
  const hash = createHash("sha256");
  const values = labels.dataSync();
  const place = join(dataDir, sep).slice(0, -1);
  for (const [at, source] of sources().entries()) {
    hash.update(`${values[at]} ${source.replace(place, "").replaceAll(sep, "/")}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}

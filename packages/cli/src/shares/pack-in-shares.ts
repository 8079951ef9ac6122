import { join } from "node:path";
import {
  joinPacked,
  type PackOptions,
  type PackSummary,
  packPart,
  packShards,
  requireEmpty,
} from "@amface/data";
import type { Shares } from "./shares.ts";

/** Packs a folder's photos into shards, together with other processes where there are any. */
export async function packInShares(
  inputDir: string,
  outputDir: string,
  shares: Shares,
  options: PackOptions,
): Promise<PackSummary> {
  const { folder, index } = shares;
  if (folder === undefined) return await packShards(inputDir, outputDir, options);
  const parts = await shares.meet(async () => {
    await requireEmpty(outputDir);
    return { value: await packPart(inputDir, join(folder, String(index)), shares, options) };
  });
  const packed = parts.map(({ value }) => value);
  return await joinPacked(inputDir, outputDir, folder, packed, options);
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AlignFolderOptions, alignFolder, type OutcomeKind } from "@amface/align";

/**
 * Photos a second of `alignFolder` over one part of a folder, into a folder of its own.
 *
 * @throws {Error} When under 90 % of the photos gave an aligned crop: then little was done.
 */
export async function alignPart(
  options: Pick<AlignFolderOptions, "inputDir" | "detector" | "shard">,
): Promise<{ rate: number; photos: number }> {
  const outputDir = mkdtempSync(join(tmpdir(), "amface-bench-align-"));
  const start = performance.now();
  const outcomes = new Map<OutcomeKind, number>();
  let photos = 0;
  for await (const { outcome } of alignFolder({ ...options, outputDir })) {
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    photos++;
  }
  const rate = photos / ((performance.now() - start) / 1000);
  rmSync(outputDir, { recursive: true });
  if ((outcomes.get("aligned") ?? 0) < 0.9 * photos) throw new Error(`Cannot compare: ${[...outcomes]}`);
  return { rate, photos };
}

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { listCheckpoints, readCheckpoint } from "@amface/train";

/** The steps that a run's metrics tell of, without what a clock put into them. */
export async function loggedSteps(runDir: string): Promise<{ step: number; loss: number }[]> {
  const text = await readFile(join(runDir, "metrics.jsonl"), "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    try {
      const { seconds: _, dataSeconds: __, imagesPerSecond: ___, ...metrics } = JSON.parse(line);
      return [metrics];
    } catch {
      return [];
    }
  });
}

export async function lastStep(runDir: string): Promise<number> {
  return (await loggedSteps(runDir)).at(-1)?.step ?? 0;
}

/** Whether a half-written checkpoint lies in the run's folder. */
export async function leftHalf(runDir: string): Promise<boolean> {
  return (await readdir(join(runDir, "checkpoints"))).some((name) => name.endsWith(".tmp"));
}

/**
 * SHA-256 of a finished run's metrics, last checkpoint with its blocks of a sharded head, rewinds and model.
 *
 * @throws {Error} Where the run did not end at `maxSteps`, or left a half-written checkpoint.
 */
export async function runHash(runDir: string, maxSteps: number): Promise<string> {
  const newest = (await listCheckpoints(join(runDir, "checkpoints"))).at(-1);
  const { tensors, info } = await readCheckpoint(newest as string);
  if (await leftHalf(runDir)) throw new Error("The run left a half-written checkpoint behind");
  if (info.progress.step !== maxSteps) throw new Error(`The run ended at step ${info.progress.step}`);
  const hash = createHash("sha256").update(
    JSON.stringify([await loggedSteps(runDir), info.rewinds, info.head]),
  );
  for (const { name, data } of tensors.values()) {
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.update(await readFile(join(runDir, "model.safetensors"))).digest("hex");
}

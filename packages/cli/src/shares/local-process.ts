import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { type LocalProcess, shownGpu } from "@amface/engine";
import type { Communicator } from "@amface/mpi";

/** This process among those of its host, of which some may be shown the same CUDA device alone. All processes call it. */
export async function localProcess(
  processes: Communicator,
  gpu = processes.size > 1 ? shownGpu() : undefined,
): Promise<LocalProcess | undefined> {
  if (processes.size === 1) return processes.local;
  const shown = createHash("sha256")
    .update(`${hostname()} ${gpu ?? `none of ${processes.rank}`}`)
    .digest();
  const all = await processes.allGather(Int32Array.of(shown.readInt32LE(), shown.readInt32LE(4)));
  const alike = all.filter(
    (part, i) => i % 2 === 0 && part === shown.readInt32LE() && all[i + 1] === shown.readInt32LE(4),
  );
  return processes.local && { ...processes.local, alike: alike.length };
}

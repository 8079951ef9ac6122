import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Communicator } from "@amface/mpi";
import { usableCores } from "@amface/tfjs-backend-onnx";

/** Threads for one of several processes: its share of the cores that it may use, which it may have to itself or not. */
export async function threadsFor(processes: Communicator): Promise<number> {
  const place = createHash("sha256").update(`${hostname()} ${allowedCores()}`).digest().readInt32LE();
  const places = await processes.allGather(Int32Array.of(place));
  const sharers = places.filter((other) => other === place).length;
  return Math.max(1, Math.floor(usableCores() / sharers));
}

/** The cores that this process is bound to, such as `0-3`; launchers bind processes to some, together or each by itself. */
function allowedCores(): string {
  try {
    return /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "";
  } catch {
    return ""; // only Linux tells
  }
}

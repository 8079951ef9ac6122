import type { Communicator } from "@amface/mpi";
import { shareOf } from "./share.ts";

/** The rows of all micro-batches in their order. Rows are of one length; each process gives those of its share. */
export async function gatherRows(
  rows: readonly Float32Array[],
  total: number,
  processes: Communicator,
): Promise<readonly Float32Array[]> {
  const { size } = processes;
  if (size === 1) return rows;
  const width = rows[0].length;
  const most = Math.ceil(total / size);
  const own = new Float32Array(most * width);
  for (const [i, row] of rows.entries()) own.set(row, i * width);
  const all = await processes.allGather(own);
  return Array.from({ length: size }, (_, rank) => {
    const { count } = shareOf(total, { rank, size });
    return Array.from({ length: count }, (_, i) => {
      const at = (rank * most + i) * width;
      return all.subarray(at, at + width);
    });
  }).flat();
}

import type { Communicator } from "@amface/mpi";
import { shareOf } from "./share.ts";
import { nodeSizes, TreeSum } from "./tree-sum.ts";

/**
 * The sum of all processes' vectors of one length, in the tree over `total` micro-batches. Each process adds up one part
 * of the vector and then gets the other parts from the others: of n values (P − 1)/P·n are sent and received twice,
 * as in a ring, where each process has one node.
 *
 * @param own The nodes of this process's share; used up.
 */
export async function sumOverProcesses(
  own: TreeSum,
  total: number,
  processes: Communicator,
): Promise<Float32Array> {
  const { rank, size } = processes;
  if (size === 1) return own.total();
  const { length } = own.nodes[0].values;
  const each = Math.ceil(length / size);
  const partOf = (values: Float32Array, process: number) =>
    values.subarray(Math.min(length, process * each), Math.min(length, (process + 1) * each));
  const messages: Promise<void>[] = [];
  const parts: { values: Float32Array; first: number; size: number }[] = [];
  for (let from = 0; from < size; from++) {
    const share = shareOf(total, { rank: from, size });
    let { first } = share;
    for (const [tag, nodeSize] of nodeSizes(first, share.count).entries()) {
      const values =
        from === rank
          ? partOf(own.nodes[tag].values, rank)
          : new Float32Array(partOf(own.nodes[0].values, rank).length);
      if (from !== rank) messages.push(processes.receive(values, from, tag));
      parts.push({ values, first, size: nodeSize });
      first += nodeSize;
    }
  }
  for (let to = 1; to < size; to++) {
    const other = (rank + to) % size; // not all to the same at once
    for (const [tag, { values }] of own.nodes.entries())
      messages.push(processes.send(partOf(values, other), other, tag));
  }
  await Promise.all(messages);
  const sum = new TreeSum();
  for (const { values, first, size } of parts) sum.add(values, first, size);
  const padded = new Float32Array(each);
  padded.set(sum.total());
  return (await processes.allGather(padded)).subarray(0, length);
}

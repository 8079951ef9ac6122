import type { Communicator } from "@amface/mpi";
import { decodeHalf, encodeHalf, halfBytes } from "./half-vector.ts";
import { shareOf } from "./share.ts";
import { nodeSizes, TreeSum } from "./tree-sum.ts";

/** How values travel: whole, or rounded to float16. What a process keeps to itself, and every addition, is float32. */
export type Compression = "none" | "float16";

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
  compression: Compression = "none",
): Promise<Float32Array> {
  const { rank, size } = processes;
  if (size === 1) return own.total();
  const { length } = own.nodes[0].values;
  const each = Math.ceil(length / size);
  const partOf = (values: Float32Array, process: number) =>
    values.subarray(Math.min(length, process * each), Math.min(length, (process + 1) * each));
  const receive = async (from: number, tag: number): Promise<Float32Array> => {
    const values = partOf(own.nodes[0].values, rank).length;
    const message = compression === "none" ? new Float32Array(values) : new Uint8Array(halfBytes(values));
    await processes.receive(message, from, tag);
    return message instanceof Float32Array ? message : decodeHalf(message);
  };
  const parts: { values: Promise<Float32Array> | Float32Array; first: number; size: number }[] = [];
  for (let from = 0; from < size; from++) {
    const share = shareOf(total, { rank: from, size });
    let { first } = share;
    for (const [tag, nodeSize] of nodeSizes(first, share.count).entries()) {
      const values = from === rank ? partOf(own.nodes[tag].values, rank) : receive(from, tag);
      parts.push({ values, first, size: nodeSize });
      first += nodeSize;
    }
  }
  const sent: Promise<void>[] = [];
  for (let to = 1; to < size; to++) {
    const other = (rank + to) % size; // not all to the same at once
    for (const [tag, { values }] of own.nodes.entries()) {
      const part = partOf(values, other);
      sent.push(processes.send(compression === "none" ? part : encodeHalf(part), other, tag));
    }
  }
  const received = await Promise.all(parts.map(({ values }) => values));
  await Promise.all(sent);
  const sum = new TreeSum();
  for (const [i, { first, size }] of parts.entries()) sum.add(received[i], first, size);
  const padded = new Float32Array(each);
  padded.set(sum.total());
  if (compression === "none") return (await processes.allGather(padded)).subarray(0, length);
  const all = await processes.allGather(encodeHalf(padded));
  const whole = new Float32Array(each * size);
  for (let from = 0; from < size; from++)
    whole.set(decodeHalf(all.slice(from * halfBytes(each), (from + 1) * halfBytes(each))), from * each);
  return whole.subarray(0, length);
}

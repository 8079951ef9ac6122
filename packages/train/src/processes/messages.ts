import type { Communicator } from "@amface/mpi";

/** Gives all processes the value of process 0, which must survive JSON; the others pass none. */
export async function broadcastJson<T>(processes: Communicator, value?: T): Promise<T> {
  const text = processes.rank === 0 ? new TextEncoder().encode(JSON.stringify(value)) : new Uint8Array();
  const length = Int32Array.of(text.length);
  await processes.broadcast(length);
  const bytes = processes.rank === 0 ? text : new Uint8Array(length[0]);
  await processes.broadcast(bytes);
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** The values of all processes by their ranks; they must survive JSON. */
export async function gatherJson<T>(processes: Communicator, value: T): Promise<T[]> {
  const text = new TextEncoder().encode(JSON.stringify(value));
  const lengths = await processes.allGather(Int32Array.of(text.length));
  const longest = lengths.reduce((most, length) => Math.max(most, length));
  const padded = new Uint8Array(longest);
  padded.set(text);
  const all = await processes.allGather(padded);
  return Array.from(lengths, (length, rank) => {
    return JSON.parse(new TextDecoder().decode(all.subarray(rank * longest, rank * longest + length)));
  });
}

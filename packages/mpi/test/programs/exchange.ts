// Calls everything that a communicator has, and compares with what must come out. Process 0 prints what it saw.
import assert from "node:assert/strict";
import { init } from "@amface/mpi";

const mpi = await init();
const { rank, size } = mpi;
const ranks = Array.from({ length: size }, (_, i) => i);
const total = ranks.reduce((sum, i) => sum + i, 0);
const before = { to: (rank + 1) % size, from: (rank + size - 1) % size };

for (const Type of [Float32Array, Float64Array, Int32Array, Uint8Array]) {
  const own = () => Type.of(rank, 1, 2 * rank);
  for (const sync of [false, true]) {
    const sum = own();
    await (sync ? mpi.allReduceSync(sum) : mpi.allReduce(sum));
    assert.deepEqual([...sum], [total, size, 2 * total]);
    const [largest, least] = [own(), own()];
    await (sync ? mpi.allReduceSync(largest, "max") : mpi.allReduce(largest, "max"));
    await (sync ? mpi.allReduceSync(least, "min") : mpi.allReduce(least, "min"));
    assert.deepEqual([...largest, ...least], [size - 1, 1, 2 * (size - 1), 0, 1, 0]);
    const all = sync ? mpi.allGatherSync(own()) : await mpi.allGather(own());
    assert.deepEqual(
      [...all],
      ranks.flatMap((i) => [i, 1, 2 * i]),
    );
    const parts = new Type(2 * size).map((_, i) => i + rank);
    const part = sync ? mpi.reduceScatterSync(parts) : await mpi.reduceScatter(parts);
    assert.deepEqual([...part], [2 * rank * size + total, (2 * rank + 1) * size + total]);
    const cast = own();
    await (sync ? mpi.broadcastSync(cast, size - 1) : mpi.broadcast(cast, size - 1));
    assert.deepEqual([...cast], [size - 1, 1, 2 * (size - 1)]);
    const receive = new Type(3);
    const exchange = { ...before, send: own(), receive, tag: 7 };
    await (sync ? mpi.sendReceiveSync(exchange) : mpi.sendReceive(exchange));
    assert.deepEqual([...receive], [before.from, 1, 2 * before.from]);
    if (size > 1 && rank < 2) {
      const message = Type.of(rank, 9);
      if (rank === 0) await (sync ? mpi.sendSync(message, 1, 3) : mpi.send(message, 1, 3));
      else await (sync ? mpi.receiveSync(message, 0, 3) : mpi.receive(message, 0, 3));
      assert.deepEqual([...message], [0, 9]);
    }
    await (sync ? mpi.barrierSync() : mpi.barrier());
  }
}

// Many megabytes at once, in parts of larger buffers, while the event loop turns.
const count = 2 ** 20 + 3;
const large = Array.from({ length: 3 }, (_, i) => new Float32Array(count + 1).fill(rank + i).subarray(1));
let turns = 0;
const timer = setInterval(() => turns++, 1);
if (rank === size - 1) await new Promise((resolve) => setTimeout(resolve, 500));
await Promise.all(large.map((values) => mpi.allReduce(values)));
clearInterval(timer);
for (const [i, values] of large.entries()) assert.ok(values.every((value) => value === total + i * size));
assert.ok(rank === size - 1 || turns > 10, `the event loop turned ${turns} times in 500 ms`);

assert.throws(() => mpi.broadcastSync(new Float32Array(1), size), {
  name: "MpiError",
  message: /^Cannot call MPI_Bcast: .*root/i,
});
await assert.rejects(mpi.broadcast(new Float32Array(1), -1), {
  name: "MpiError",
  message: /^Cannot call MPI_Ibcast: .*root/i,
});
await assert.rejects(mpi.allReduce("no array" as never), TypeError);
if (size > 1) await assert.rejects(mpi.reduceScatter(new Float32Array(size + 1)), RangeError);
await mpi.barrier();
if (rank === 0) process.stdout.write(`${JSON.stringify({ size, library: mpi.library, local: mpi.local })}\n`);

import assert from "node:assert/strict";
import { init } from "@amface/mpi";

const mpi = await init();
const values = Float32Array.of(1, 2);
await mpi.allReduce(values);
await mpi.broadcast(values);
await mpi.barrier();
const receive = new Float32Array(2);
await mpi.sendReceive({ to: 0, send: values, from: 0, receive });
for (const got of [values, receive, await mpi.allGather(values), await mpi.reduceScatter(values)])
  assert.deepEqual([...got], [1, 2]);
await assert.rejects(mpi.broadcast(values, 1), RangeError);
await assert.rejects(mpi.send(values, 0), RangeError);
assert.equal(mpi, await init());
console.log(`${mpi.rank} of ${mpi.size}, ${mpi.library}`);

// Exchanges 80 MB while the thread computes for a second and a half; prints how long the slower of both then waited, in milliseconds.
import { init } from "../../src/mod.ts";

const mpi = await init();
if (process.argv[2] === "moving") mpi.keepMoving();
const [send, receive] = [new Float32Array(2e7).fill(mpi.rank + 1), new Float32Array(2e7)];
const waits: number[] = [];
for (let round = 0; round < 2; round++) {
  await mpi.barrier();
  const exchanged = mpi.sendReceive({ to: 1 - mpi.rank, send, from: 1 - mpi.rank, receive });
  const start = performance.now();
  while (performance.now() - start < 1500);
  const computed = performance.now();
  await exchanged;
  const wait = Float64Array.of(performance.now() - computed);
  await mpi.allReduce(wait, "max");
  waits.push(wait[0]);
  if (receive.some((value) => value !== 2 - mpi.rank)) throw new Error("What came is not what was sent");
}
if (mpi.rank === 0) console.log(JSON.stringify(waits));

// One process fails in the way that the argument names, while the others wait for it.
import { init } from "@amface/mpi";

const mpi = await init();
await mpi.barrier();
if (mpi.rank === 1) {
  process.stderr.write(`process 1 is ${process.pid}\n`);
  const how = process.argv[2];
  if (how === "throw") throw new Error("no more photos");
  if (how === "reject") void Promise.reject(new Error("no more photos"));
  if (how === "exit") process.exit(3);
  if (how === "abort") mpi.abort(4);
  if (how === "kill") process.kill(process.pid, "SIGKILL");
}
await mpi.barrier();

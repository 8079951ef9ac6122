import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { withoutMpi } from "../packages/mpi/test/mpirun.ts";
import { slow } from "./slow.ts";

const skip = withoutMpi() || (!slow() && "slow: run with AMFACE_SLOW=1");

test("bench/mpi.ts trains both sides to one loss, and tells their speeds", { skip, timeout: 300_000 }, () => {
  const small = ["--net", "resface-small", "--batch-size", "8", "--identities", "20", "--rounds", "1"];
  const bench = join(import.meta.dirname, "..", "bench", "mpi.ts");
  const args = ["--conditions=@amface/source", bench, ...small, "--steps", "2", "--json"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const { ratio, oneProcess, severalProcesses, exchange, megabytes, loss } = JSON.parse(stdout);
  assert.ok(oneProcess > 0 && severalProcesses > 0);
  assert.equal(ratio, severalProcesses / oneProcess);
  assert.ok(exchange > 0 && exchange < 1, stdout);
  assert.ok(megabytes > 1 && loss > 0, stdout);
});

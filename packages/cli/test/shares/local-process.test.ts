import assert from "node:assert/strict";
import { test } from "node:test";
import { ONE_PROCESS } from "@amface/mpi";
import { localProcesses } from "../../../train/test/local-processes.ts";
import { localProcess } from "../../src/shares/local-process.ts";

test("localProcess() counts the processes of a host that are shown the same GPU alone", async () => {
  const shown = ["GPU-1", "GPU-2", "GPU-1", undefined, undefined];
  const all = localProcesses(5).map((process, rank) =>
    localProcess(Object.defineProperty(process, "local", { value: { rank, size: 5 } }), shown[rank]),
  );
  const alike = (await Promise.all(all)).map((local) => local?.alike);
  assert.deepEqual(alike, [2, 1, 2, 1, 1]);
  assert.equal(await localProcess(ONE_PROCESS), ONE_PROCESS.local);
});

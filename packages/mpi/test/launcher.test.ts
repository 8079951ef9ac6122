import assert from "node:assert/strict";
import { test } from "node:test";
import { findLaunch } from "@amface/mpi";

test("findLaunch() tells Open MPI's launcher, MPICH's and Slurm's apart", () => {
  const open = {
    OMPI_COMM_WORLD_SIZE: "8",
    OMPI_COMM_WORLD_LOCAL_RANK: "1",
    OMPI_COMM_WORLD_LOCAL_SIZE: "4",
  };
  assert.deepEqual(findLaunch(open), { implementation: "Open MPI", size: 8, local: { rank: 1, size: 4 } });
  const hydra = { PMI_SIZE: "6", MPI_LOCALRANKID: "0", MPI_LOCALNRANKS: "3" };
  assert.deepEqual(findLaunch(hydra), { implementation: "MPICH", size: 6, local: { rank: 0, size: 3 } });
  const step = { SLURM_STEP_NUM_TASKS: "8", SLURM_LOCALID: "2", SLURM_STEP_TASKS_PER_NODE: "4(x2)" };
  const local = { rank: 2, size: 4 };
  assert.deepEqual(findLaunch({ ...step, PMI_SIZE: "8" }), { implementation: "MPICH", size: 8, local });
  assert.deepEqual(findLaunch({ ...step, PMIX_RANK: "6" }), { implementation: undefined, size: 8, local });
});

test("findLaunch() finds none in a shell, nor in Slurm's batch script", () => {
  assert.equal(findLaunch({}), undefined);
  assert.equal(findLaunch({ SLURM_PROCID: "0", SLURM_NTASKS: "8", SLURM_LOCALID: "0" }), undefined);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { arrayTask } from "../../src/shares/array-task.ts";

const environment = (id: number, count: number, min: number, max: number) => ({
  ...{ SLURM_ARRAY_JOB_ID: "77", SLURM_ARRAY_TASK_ID: String(id), SLURM_ARRAY_TASK_COUNT: String(count) },
  ...{ SLURM_ARRAY_TASK_MIN: String(min), SLURM_ARRAY_TASK_MAX: String(max) },
});

test("a task of an evenly spaced array has its place in it, whatever the first number and the step", () => {
  assert.deepEqual(arrayTask(environment(0, 8, 0, 7)), { job: "77", index: 0, count: 8 });
  assert.deepEqual(arrayTask(environment(8, 8, 1, 8)), { job: "77", index: 7, count: 8 });
  assert.deepEqual(arrayTask(environment(14, 4, 10, 16)), { job: "77", index: 2, count: 4 });
});

test("outside of an array, and in one of one task, there is nobody to share with", () => {
  assert.equal(arrayTask({}), undefined);
  assert.equal(arrayTask(environment(3, 1, 3, 3)), undefined);
});

test("an array with uneven gaps, or whose size is not known, is refused", () => {
  assert.throws(
    () => arrayTask(environment(3, 3, 1, 9)),
    /expected evenly spaced tasks.*task 3 of 3 from 1 to 9/,
  );
  assert.throws(() => arrayTask({ SLURM_ARRAY_TASK_ID: "3" }), /expected evenly spaced tasks/);
});

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { coreQuota, usableCores } from "../../../src/mod.ts";

/** The quota where the file system holds these files and no others. */
async function quotaWith(files: Readonly<Record<string, string>>): Promise<number> {
  const root = await mkdtemp(join(tmpdir(), "amface-cores-"));
  try {
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), text);
    }
    return coreQuota(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

test("a container's quota counts, in both versions of control groups, and the tightest group around it", async () => {
  assert.equal(
    await quotaWith({ "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "150000 100000\n" }),
    1.5,
  );
  assert.equal(
    await quotaWith({
      "proc/self/cgroup": "0::/slurm/job/step\n",
      "sys/fs/cgroup/slurm/job/step/cpu.max": "max 100000\n",
      "sys/fs/cgroup/slurm/job/cpu.max": "400000 100000\n",
      "sys/fs/cgroup/slurm/cpu.max": "800000 100000\n",
    }),
    4,
  );
  assert.equal(
    await quotaWith({
      "proc/self/cgroup": "9:memory:/docker/1\n4:cpu,cpuacct:/docker/1\n",
      "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000\n",
      "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    }),
    0.5,
  );
});

test("without a quota, without control groups and on other systems nothing limits the cores", async () => {
  const machines: Readonly<Record<string, string>>[] = [
    { "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n" },
    { "proc/self/cgroup": "4:cpu:/\n", "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n" },
    { "proc/self/cgroup": "0::/\n" },
    {},
  ];
  for (const files of machines) assert.equal(await quotaWith(files), Number.POSITIVE_INFINITY);
});

test("no more cores are used than this process may run on, and at least one", () => {
  assert.ok(usableCores() >= 1 && usableCores() <= availableParallelism());
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceMemory, findBatchSize } from "@amface/engine";

/** A device of `limit` MiB where a batch takes `fixed + each · size`; a size that does not fit ends the process. */
function device(limit: number, { fixed, each }: { fixed: number; each: number }) {
  const MIB = 2 ** 20;
  let used = 100;
  return {
    memory: () => ({ used: used * MIB, limit: limit * MIB }),
    work: async (batchSize: number) => {
      used = 100 + fixed + each * batchSize;
      assert.ok(used <= limit, `a batch of ${batchSize} runs out of memory`);
    },
  };
}

test("findBatchSize() doubles as long as the next size fits, and never tries one that does not", async () => {
  for (const [limit, each] of [
    [16_000, 30],
    [16_000, 100],
    [80_000, 30],
    [2_000, 7],
    [1_300, 40],
  ]) {
    const { batchSize, reason } = await findBatchSize(device(limit, { fixed: 500, each }));
    assert.ok(600 + each * batchSize <= 0.9 * limit);
    assert.match(reason, /would take \d+ of \d+ MiB|is the largest to try/);
  }
});

test("findBatchSize() finds the largest power of two that fits, where batches take more than what is fixed", async () => {
  const { batchSize, tried } = await findBatchSize(device(16_000, { fixed: 100, each: 100 }));
  assert.equal(batchSize, 128); // takes 13,000 MiB of 14,400; 256 would take 25,800
  assert.deepEqual(
    tried.map((each) => each.batchSize),
    [8, 16, 32, 64, 128],
  );
});

test("findBatchSize() ends at the largest size to try, and refuses where the first does not fit", async () => {
  const { batchSize } = await findBatchSize({ ...device(1e6, { fixed: 0, each: 1 }), to: 100 });
  assert.equal(batchSize, 64);
  await assert.rejects(
    findBatchSize(device(1000, { fixed: 850, each: 1 })),
    /Cannot find a batch size: .* of 8 .*958 MiB in use/,
  );
});

test("deviceMemory() of the processor is this process's and what is free besides", () => {
  const { used, limit } = deviceMemory("cpu")!;
  assert.ok(used > 1e7 && limit > used);
});

test("deviceMemory() of a CUDA device is that of the GPU which the process computes on", () => {
  const gpus = () => [10, 20, 30].map((limit, i) => ({ index: `${i}`, uuid: `GPU-${i}a5`, used: i, limit }));
  const { CUDA_VISIBLE_DEVICES: before } = process.env;
  const limits = (...local: { rank: number; size: number }[]) =>
    [undefined, ...local].map((local) => deviceMemory("cuda", local, gpus)?.limit);
  try {
    delete process.env.CUDA_VISIBLE_DEVICES;
    assert.deepEqual(limits({ rank: 0, size: 2 }, { rank: 1, size: 2 }), [10, 10, 20]);
    process.env.CUDA_VISIBLE_DEVICES = "2,1";
    assert.deepEqual(limits({ rank: 0, size: 2 }, { rank: 1, size: 2 }), [30, 30, 20]);
    process.env.CUDA_VISIBLE_DEVICES = "GPU-1";
    assert.deepEqual(limits({ rank: 0, size: 2 }, { rank: 1, size: 2 }), [20, 20, 20]);
    process.env.CUDA_VISIBLE_DEVICES = "-1";
    assert.deepEqual(limits(), [undefined]);
  } finally {
    if (before === undefined) delete process.env.CUDA_VISIBLE_DEVICES;
    else process.env.CUDA_VISIBLE_DEVICES = before;
  }
});

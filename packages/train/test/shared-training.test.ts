import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { type TrainConfigInput, type TrainOptions, train } from "@amface/train";
import { runHash } from "../../../test/run-hash.ts";
import { slow } from "../../../test/slow.ts";
import { localProcesses } from "./local-processes.ts";
import { tinyFaces, tinyRun } from "./tiny-faces.ts";

const SLOW = { skip: slow() ? false : "slow: run with AMFACE_SLOW=1", timeout: 120_000 };

let dir: string;
let remove: () => Promise<void>;
let config: TrainConfigInput;
before(async () => {
  ({ dir, remove, config } = await tinyRun(8, 5, {
    ...{ batchSize: 8, accumulateSteps: 4, maxSteps: 6, epochSize: 4, keepProbability: 0.5, seed: 5 },
    ...{ learningRate: 0.002, loss: "adaface", centerLossFactor: 0.1, optimizer: "adam", emaDecay: 0.9 },
    ...{ clipNorm: 1, augment: { brightness: 0.2 }, validationIdentities: 4 },
  }));
});
after(() => remove());

/** Trains in so many processes; each has options of its own. */
async function trainIn(
  processes: number,
  name: string,
  more: Partial<TrainConfigInput> = {},
  optionsOf: (rank: number) => Partial<TrainOptions> = () => ({}),
) {
  const runs = localProcesses(processes).map(async (process, rank) => {
    const runDir = join(dir, rank === 0 ? name : `${name}-of-${rank}`);
    return await train({ ...config, ...more }, { runDir, processes: process, ...optionsOf(rank) });
  });
  const [summary, ...others] = await Promise.all(runs);
  for (const other of others) assert.deepEqual(other, summary);
  return summary;
}

const hash = (name: string) => runHash(join(dir, name), 6);

test("train() in any number of processes gives the same bits, and only the first writes", {
  timeout: 120_000,
}, async () => {
  const numbers = slow() ? [1, 2, 3, 4] : [1, 3];
  for (const processes of numbers) await trainIn(processes, `share-${processes}`);
  const hashes = await Promise.all(numbers.map((processes) => hash(`share-${processes}`)));
  assert.equal(new Set(hashes).size, 1, `${hashes}`);
  assert.deepEqual(
    (await readdir(dir)).filter((name) => name.includes("-of-")),
    [],
  );
});

test("processes train a sampled head together, and go on with it in another number", SLOW, async () => {
  const sampled: Partial<TrainConfigInput> = {
    ...{ sampleRate: 0.5, batchSize: 4, validationIdentities: 0 },
    ...{ loss: "am-softmax", centerLossFactor: 0, optimizer: "nesterov" },
  };
  await trainIn(1, "sampled-1", sampled);
  const stop = new AbortController();
  const onStep = ({ step }: { step: number }) => void (step === 2 && stop.abort());
  await trainIn(3, "sampled-3", sampled, (rank) => (rank === 0 ? { onStep, signal: stop.signal } : {}));
  await trainIn(2, "sampled-3", sampled, () => ({ resume: true }));
  assert.equal(await hash("sampled-3"), await hash("sampled-1"));
});

test("processes train a sharded head together: the same bits, and on in another number of them", async () => {
  const sharded: Partial<TrainConfigInput> = {
    ...{
      head: "sharded",
      centerLossFactor: 0,
      validationIdentities: 0,
      checkpointSteps: 2,
      checkpointsKept: 2,
    },
  };
  const numbers = slow() ? [1, 2, 3, 4] : [1, 3];
  for (const processes of numbers) await trainIn(processes, `sharded-${processes}`, sharded);
  const [one, several] = await Promise.all(
    numbers.slice(0, 2).map((n) => readFile(join(dir, `sharded-${n}`, "start.json"), "utf8")),
  );
  assert.equal(several, one);
  assert.equal(new Set(JSON.parse(one).head).size, 4, one); // the SHA-256 of each block
  const stop = new AbortController();
  const onStep = ({ step }: { step: number }) => void (step === 3 && stop.abort());
  await trainIn(4, "sharded-on", sharded, (rank) => (rank === 0 ? { onStep, signal: stop.signal } : {}));
  const folder = join(dir, "sharded-on", "checkpoints");
  const steps = async () =>
    (await readdir(folder)).flatMap((name) => /^step-00000(\d)-head-0003/.exec(name)?.[1] ?? []).sort();
  assert.deepEqual(await steps(), ["0", "2", "3"]); // the last one only as the run was stopped
  // A block that a disk has spoilt: the checkpoint before is whole.
  await writeFile(join(folder, "step-000003-head-0003.safetensors"), "spoilt");
  const warnings: string[] = [];
  const onWarning = (message: string) => void warnings.push(message);
  await trainIn(2, "sharded-on", sharded, () => ({ resume: true, onWarning }));
  assert.match(warnings.join(), /step-000003-head-0003.*going on from step-000002\.safetensors/);
  assert.deepEqual(await steps(), ["4", "6"]);
  const names = [...numbers.map((processes) => `sharded-${processes}`), "sharded-on"];
  const hashes = await Promise.all(names.map(hash));
  assert.equal(new Set(hashes).size, 1, `${hashes}`);
  await assert.rejects(
    trainIn(1, "sharded-on", { ...sharded, head: "whole" }, () => ({ resume: true })),
    {
      name: "ConfigError",
      message: /expected head to be "sharded" as before, got "whole"/,
    },
  );
});

test(
  "a run that another process stops is resumed in another number of processes, bit for bit",
  SLOW,
  async () => {
    await trainIn(1, "straight");
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }) => void (step === 2 && stop.abort());
    const first = await trainIn(3, "stopped", {}, (rank) =>
      rank === 0 ? { onStep } : rank === 2 ? { signal: stop.signal } : {},
    );
    assert.equal(first.finished, false);
    assert.ok(first.steps < 5, `${first.steps}`);
    await trainIn(4, "stopped", {}, () => ({ resume: true }));
    assert.equal(await hash("stopped"), await hash("straight"));
  },
);

test("processes go back together where the loss leaves its course", SLOW, async () => {
  const wild = {
    learningRate: undefined,
    learningRateSchedule: "0: 0.002, 1: 1e30",
    onDivergence: "rewind",
    maxRewinds: 2,
    validationIdentities: 0,
  } as const;
  const [alone, together] = [1, 3].map(async (processes) => {
    const error = await trainIn(processes, `wild-${processes}`, wild).catch(({ message }) => message);
    return error.replaceAll(`wild-${processes}`, "");
  });
  assert.match(await alone, /the run went back 2 times, as often as maxRewinds allows/);
  assert.equal(await together, await alone);
});

test("train() refuses more processes than micro-batches, other configs, and other photos", async () => {
  await assert.rejects(trainIn(5, "many"), {
    name: "ConfigError",
    message:
      /in 5 processes: expected accumulateSteps of as many micro-batches or more, got 4; share every batch with accumulateSteps 5/,
  });
  const both = async (second: Partial<TrainConfigInput>) => {
    const runs = localProcesses(2).map((process, rank) =>
      train({ ...config, ...(rank === 1 && second) }, { runDir: join(dir, "other"), processes: process }),
    );
    return (await Promise.allSettled(runs)).map((run) => (run as PromiseRejectedResult).reason.message);
  };
  for (const message of await both({ seed: 6 }))
    assert.match(message, /expected seed of process 1 to be as those of process 0, got 6 instead of 5/);
  const dataDir = await tinyFaces(join(dir, "more-faces"), 8, 6);
  for (const message of await both({ dataDir }))
    assert.match(message, /expected the photos of process 1 to be as those of process 0, got others/);
});

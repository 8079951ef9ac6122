import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { type RunObserver, type TrainConfigInput, train } from "@amface/train";
import { tinyRun } from "../tiny-faces.ts";

let dir: string;
let remove: () => Promise<void>;
let config: TrainConfigInput;
before(async () => {
  ({ dir, remove, config } = await tinyRun(3, 5, { learningRate: 0.02 }));
});
after(() => remove());

/** Adds up the losses of all steps, and pins the checkpoint of the first epoch. */
class Sum implements RunObserver {
  readonly name = "sum";
  readonly calls: string[] = [];
  sum = 0;
  #pinned: number[] = [];

  start(_: unknown, saved: unknown) {
    ({ sum: this.sum, pinned: this.#pinned } = (saved ?? { sum: 0, pinned: [] }) as ReturnType<Sum["save"]>);
    this.calls.push("start");
  }
  onStep({ step, loss }: { step: number; loss: number }, { sources }: { sources: () => string[] }) {
    assert.equal(sources().length, 4);
    this.sum += loss;
    this.calls.push(`step ${step}`);
  }
  onEpoch({ epoch, step }: { epoch: number; step: number }) {
    if (epoch === 0) this.#pinned = [step];
    this.calls.push(`epoch ${epoch}`);
  }
  save() {
    return { sum: this.sum, pinned: this.#pinned };
  }
  pinned() {
    return this.#pinned;
  }
  close() {
    this.calls.push("close");
  }
}

test("observers see a resumed run as if it had not stopped, and keep the checkpoints that they choose", async () => {
  const longer = { ...config, epochSize: 2, maxNrofEpochs: 4, checkpointsKept: 1, checkpointEpochs: 9 };
  const [straight, first, second] = [new Sum(), new Sum(), new Sum()];
  await train(longer, { runDir: join(dir, "straight"), observers: [straight] });
  const stop = new AbortController();
  const runDir = join(dir, "halves");
  await train(longer, {
    runDir,
    observers: [first],
    signal: stop.signal,
    onStep: ({ step }) => void (step === 5 && stop.abort()),
  });
  const epochs: number[] = [];
  await train(longer, {
    runDir,
    resume: true,
    observers: [second],
    onEpoch: (epoch) => void epochs.push(epoch.steps),
  });
  assert.equal(second.sum, straight.sum);
  assert.deepEqual(first.calls, [
    "start",
    ...["step 1", "step 2", "epoch 0"],
    ...["step 3", "step 4", "epoch 1"],
    ...["step 5", "close"],
  ]);
  assert.deepEqual(second.calls, ["start", "step 6", "epoch 2", "step 7", "step 8", "epoch 3", "close"]);
  assert.deepEqual(epochs, [2, 2]); // the first of them with the step before the stop
  for (const run of ["straight", "halves"]) {
    assert.deepEqual((await readdir(join(dir, run, "checkpoints"))).sort(), [
      "step-000002.safetensors",
      "step-000008.safetensors",
    ]);
  }
});

test("a run that ends in an evaluation, or is stopped before it, goes on with that, and repeats no step", async () => {
  const longer = { ...config, epochSize: 2, maxSteps: 3, checkpointsKept: 9 };
  const straight = new Sum();
  await train(longer, { runDir: join(dir, "evaluated"), observers: [straight] });
  for (const how of ["crash", "stop"]) {
    const runDir = join(dir, how);
    const calls: string[] = [];
    let finished = false;
    for (let session = 0; !finished && session < 9; session++) {
      const sum = new Sum();
      const stop = new AbortController();
      if (how === "crash") {
        sum.onEpoch = ({ epoch }) => {
          if (session === epoch) throw new Error("the power went");
          Sum.prototype.onEpoch.call(sum, { epoch, step: epoch === 0 ? 2 : 3 });
        };
      }
      const onStep = ({ step }: { step: number }) => void (how === "stop" && step >= 2 && stop.abort());
      const options = { runDir, resume: session > 0, observers: [sum], signal: stop.signal, onStep };
      await train(longer, options).then(
        (summary) => {
          finished = summary.finished;
        },
        (error: Error) => assert.equal(error.message, "the power went"),
      );
      calls.push(...sum.calls.filter((call) => !/start|close/.test(call)));
      if (finished) assert.equal(sum.sum, straight.sum);
    }
    assert.ok(finished);
    assert.deepEqual(calls, ["step 1", "step 2", "epoch 0", "step 3", "epoch 1"], how);
    assert.deepEqual(
      (await readdir(join(runDir, "checkpoints"))).sort(),
      (await readdir(join(dir, "evaluated", "checkpoints"))).sort(),
    );
  }
});

test("observers of one name are refused", async () => {
  const observers = [new Sum(), new Sum()];
  await assert.rejects(train(config, { runDir: join(dir, "twins"), observers }), {
    name: "RangeError",
    message: /expected observers of different names, got .*sum,sum/,
  });
});

test("checkpointSteps saves in the middle of epochs, and once at their ends", async () => {
  const saved: string[] = [];
  await train(
    {
      ...config,
      epochSize: 4,
      maxNrofEpochs: 2,
      checkpointSteps: 3,
      checkpointEpochs: 2,
      checkpointsKept: 9,
    },
    { runDir: join(dir, "by-step"), onCheckpoint: (path) => void saved.push(path.slice(-18, -12)) },
  );
  assert.deepEqual(saved, ["000000", "000003", "000006", "000008"]);
});

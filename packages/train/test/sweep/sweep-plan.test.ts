import assert from "node:assert/strict";
import { test } from "node:test";
import { planSweep } from "@amface/train";

const config = { dataDir: "crops", validationIdentities: 0.1 };
const grid = { config, vary: { learningRate: [0.01, 0.1], loss: ["am-softmax", "arcface"] } };
const optionsOf = (input: unknown) => planSweep(input).runs.map(({ options }) => options);

test("planSweep() takes every value of a grid with every other, each run in a folder of its own", () => {
  assert.deepEqual(optionsOf(grid), [
    { learningRate: 0.01, loss: "am-softmax" },
    { learningRate: 0.01, loss: "arcface" },
    { learningRate: 0.1, loss: "am-softmax" },
    { learningRate: 0.1, loss: "arcface" },
  ]);
  const { runs } = planSweep(grid);
  assert.equal(new Set(runs.map(({ name }) => name)).size, 4);
  assert.match(runs[3].name, /^learningRate-0.1-loss-arcface-[0-9a-f]{6}$/);
  assert.deepEqual(runs[3].config, { ...config, learningRate: 0.1, loss: "arcface" });
});

test("planSweep() gives a run the same folder in a larger grid, and another one with another config", () => {
  const larger = { config, vary: { learningRate: [0.01, 0.1, 1], loss: ["arcface", "am-softmax"] } };
  const names = planSweep(larger).runs.map(({ name }) => name);
  for (const { name } of planSweep(grid).runs) assert.ok(names.includes(name), name);
  const other = planSweep({ ...grid, config: { ...config, batchSize: 8 } });
  assert.ok(other.runs.every(({ name }) => !names.includes(name)));
});

test("planSweep() puts what it varies on top of a preset, whose options of another loss or optimizer go", () => {
  const [{ config: run }] = planSweep({ preset: "paper", config, vary: { optimizer: ["adamw"] } }).runs;
  assert.deepEqual([run.net, run.optimizer, run.learningRate], ["resface20", "adamw", undefined]);
});

test("planSweep() draws by the seed, in ranges, whole numbers of options that are, and more runs begin with the same ones", () => {
  const vary = {
    learningRate: { from: 0.001, to: 1, scale: "log" },
    batchSize: { from: 8, to: 64 },
    loss: ["softmax", "arcface"],
  };
  const drawn = optionsOf({ config, vary, runs: 200, seed: 1 });
  assert.deepEqual(optionsOf({ config, vary, runs: 10, seed: 1 }), drawn.slice(0, 10));
  assert.notDeepEqual(optionsOf({ config, vary, runs: 10, seed: 2 }), drawn.slice(0, 10));
  for (const { learningRate, batchSize } of drawn as { learningRate: number; batchSize: number }[]) {
    assert.ok(learningRate >= 0.001 && learningRate <= 1, `${learningRate}`);
    assert.ok(Number.isInteger(batchSize) && batchSize >= 8 && batchSize <= 64, `${batchSize}`);
  }
  // Of a logarithmic range a third lies in each of three decades: 67 of 200 ± 3 · 6.7.
  const low = drawn.filter(({ learningRate }) => (learningRate as number) < 0.01).length;
  assert.ok(low > 46 && low < 88, `${low}`);
});

test("planSweep() takes each run of a grid once, however its values are written", () => {
  const vary = { learningRate: [0.01, 1e-2, 0.1], loss: ["arcface", "arcface"] };
  const { runs } = planSweep({ config, vary });
  assert.deepEqual(
    runs.map(({ options }) => options),
    [
      { learningRate: 0.01, loss: "arcface" },
      { learningRate: 0.1, loss: "arcface" },
    ],
  );
  assert.equal(new Set(runs.map(({ name }) => name)).size, 2);
});

test("planSweep() rounds no draw out of its range, and no narrow range to a few values", () => {
  const vary = { emaDecay: { from: 0.99, to: 0.99999 }, batchSize: { from: 8.2, to: 10.9 } };
  const drawn = optionsOf({ config, vary, runs: 300 }) as { emaDecay: number; batchSize: number }[];
  for (const { emaDecay } of drawn) {
    assert.ok(emaDecay >= 0.99 && emaDecay <= 0.99999, `${emaDecay}`);
    assert.ok(`${emaDecay}`.length <= 8, `${emaDecay}`);
  }
  assert.ok(new Set(drawn.map(({ emaDecay }) => emaDecay)).size > 250);
  assert.deepEqual([...new Set(drawn.map(({ batchSize }) => batchSize))].sort(), [10, 9]);
  const none = { config, vary: { batchSize: { from: 8.2, to: 8.9 } }, runs: 1 };
  assert.throws(() => planSweep(none), {
    name: "ConfigError",
    message: /expected a whole number in the range of batchSize, got 8.2 to 8.9/,
  });
});

test("planSweep() says what is wrong before anything is trained", () => {
  const refused: [object, RegExp][] = [
    [{ config }, /vary/],
    [{ config, vary: {} }, /vary: expected one option or more/],
    [{ config, vary: { learnigRate: [1] } }, /vary/],
    [
      { config, vary: { learningRate: { from: 1, to: 2 } } },
      /expected a list of values of learningRate, got a range/,
    ],
    [{ config, vary: { learningRate: { from: 2, to: 1 } }, runs: 2 }, /expected from to be below to/],
    [{ config, vary: { loss: ["softmax", "arcface"] }, runs: 3 }, /expected 3 different draws, got 2/],
    [{ config, vary: { learningRate: [-1] } }, /run learningRate--1: .*learningRate/],
    [
      { config: { dataDir: "crops" }, vary: { seed: [1, 2] }, halving: { epochs: 1 } },
      /validationIdentities/,
    ],
    [
      { config: { ...config, evaluationEpochs: 2 }, vary: { margin: [0.1] }, halving: { epochs: 3 } },
      /evaluationEpochs that divide the 3 epochs to a rung, got 2/,
    ],
  ];
  for (const [input, message] of refused)
    assert.throws(() => planSweep(input), { name: "ConfigError", message });
});

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CONFIG_KEYS, resolveConfig } from "@amface/train";
import { trainConfigOf } from "../../src/train/train-config-of.ts";
import { trainOptions } from "../../src/train/train-options.ts";

type Values = Parameters<typeof trainConfigOf>[0];

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-config-"));
});
after(() => rm(dir, { recursive: true }));

/** Values as the command line gives them: switches are there, and false. */
const given = (values: Partial<Values>) => values as Values;

test("flags win over a config file, and that over a preset", async () => {
  const config = join(dir, "config.ts");
  await writeFile(config, "export default { batchSize: 128, maxSteps: 1000 as number };");
  const flags = given({
    "data-dir": "faces",
    preset: "paper",
    config,
    "max-steps": 500,
    "no-random-flip": true,
  });
  const { batchNorm, batchSize, maxSteps, randomFlip } = resolveConfig(await trainConfigOf(flags));
  assert.deepEqual([batchNorm, batchSize, maxSteps, randomFlip], [false, 128, 500, false]);
});

test("an optimizer on the command line brings its own options in place of the preset's", async () => {
  const flags = given({ "data-dir": "faces", preset: "paper", optimizer: "adamw" });
  const { optimizer, learningRate, momentum, beta1 } = resolveConfig(await trainConfigOf(flags));
  assert.deepEqual([optimizer, learningRate, momentum, beta1], ["adamw", 1e-3, undefined, 0.9]);
});

test("a preset does not go with a run that is resumed", async () => {
  await assert.rejects(trainConfigOf(given({ resume: dir, preset: "cpu" })), {
    name: "UsageError",
    message: /Cannot take --resume and --preset together/,
  });
});

test("a batch size cannot be found for batches that are divided", async () => {
  for (const more of [{ balance: { identities: 4, photos: 2 } }, { "accumulate-steps": 2 }]) {
    await assert.rejects(trainConfigOf(given({ "data-dir": "faces", "batch-size": "auto", ...more })), {
      name: "UsageError",
      message: /expected neither --balance nor --accumulate-steps beside --batch-size auto/,
    });
  }
});

test("schedules, augmentations and balances are read from their flags", async () => {
  const { schedule, augment, balance } = trainOptions;
  assert.deepEqual(schedule.parse("cosine"), { type: "cosine" });
  assert.deepEqual(schedule.parse('{"type": "step", "milestones": [5]}'), { type: "step", milestones: [5] });
  assert.throws(() => schedule.parse('{"type"'), /expected a JSON object, got "{"type""/);
  assert.deepEqual(augment.parse('{"blur": 1}'), { blur: 1 });
  assert.throws(() => augment.parse("blur"), /expected a JSON object/);
  assert.deepEqual(balance.parse("8,4"), { identities: 8, photos: 4 });
});

test("every flag that is a config's option has its name", () => {
  const others = [
    "run-dir",
    "preset",
    "config",
    "resume",
    "engine",
    "gpu-memory",
    "learning-rate-schedule-file",
  ];
  for (const name of Object.keys(trainOptions)) {
    if (others.includes(name)) continue;
    const key = name.replace(/^no-/, "").replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    assert.ok((CONFIG_KEYS as readonly string[]).includes(key), name);
  }
});

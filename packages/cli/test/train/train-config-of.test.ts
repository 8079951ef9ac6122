import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CONFIG_KEYS, configOptions, resolveConfig } from "@amface/train";
import type { OptionSpecs } from "../../src/command/command.ts";
import { givenOptions, trainConfigOf } from "../../src/train/train-config-of.ts";
import { trainOptions } from "../../src/train/train-options.ts";

type Values = Parameters<typeof trainConfigOf>[0];

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-config-"));
});
after(() => rm(dir, { recursive: true }));

/** Values as the command line gives them: switches are there, and false. */
const given = (values: Readonly<Record<string, unknown>>) => values as Values;

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

test("a learning rate beside a schedule that has all rates is refused, of a preset or a run too", async () => {
  const message = /expected learningRateSchedule alone to say the rates, got learningRate 0.1 too/;
  const rate = { "data-dir": "faces", "learning-rate": 0.1 };
  const schedule = join(dir, "rates.txt");
  await writeFile(schedule, "0: 0.1");
  for (const more of [{ preset: "reference" }, { "learning-rate-schedule-file": schedule }])
    await assert.rejects(trainConfigOf(given({ ...rate, ...more })), { name: "ConfigError", message });
  const resume = join(dir, "run");
  await mkdir(resume);
  // As an earlier version saved it.
  const saved = { dataDir: "faces", learningRate: 0.1, learningRateSchedule: "0: 0.1" };
  await writeFile(join(resume, "config.json"), JSON.stringify(saved));
  await assert.rejects(trainConfigOf(given({ resume, "learning-rate": 0.1 })), {
    name: "ConfigError",
    message,
  });
  assert.equal(resolveConfig(await trainConfigOf(given({ resume }))).learningRate, undefined);
  const cosine = given({ resume, "learning-rate": 0.1, schedule: { type: "cosine" } });
  assert.equal(resolveConfig(await trainConfigOf(cosine)).learningRate, 0.1);
});

test("a preset does not go with a run that is resumed", async () => {
  await assert.rejects(trainConfigOf(given({ resume: dir, preset: "cpu" })), {
    name: "UsageError",
    message: /Cannot take --resume and --preset together/,
  });
});

test("a batch size cannot be found for batches that are divided", async () => {
  const taught = { teacher: "model", "unlabelled-dir": "strangers" };
  for (const more of [{ balance: { identities: 4, photos: 2 } }, { "accumulate-steps": 2 }, taught]) {
    await assert.rejects(trainConfigOf(given({ "data-dir": "faces", "batch-size": "auto", ...more })), {
      name: "UsageError",
      message: /expected none of --balance, --accumulate-steps and --unlabelled-dir beside --batch-size auto/,
    });
  }
});

test("schedules, augmentations, balances and numbers are read from their flags", async () => {
  const { schedule, balance } = trainOptions;
  const { augment, scale, seed, "image-size": size } = trainOptions as OptionSpecs;
  assert.deepEqual(schedule.parse("cosine"), { type: "cosine" });
  assert.deepEqual(schedule.parse('{"type": "step", "milestones": [5]}'), { type: "step", milestones: [5] });
  assert.throws(() => schedule.parse('{"type"'), /expected a JSON object, got "{"type""/);
  assert.deepEqual(augment.parse?.('{"blur": 1}'), { blur: 1 });
  assert.throws(() => augment.parse?.("blur"), /expected a JSON object/);
  assert.deepEqual(balance.parse("8,4"), { identities: 8, photos: 4 });
  assert.deepEqual(size.parse?.("56,48"), [56, 48]);
  assert.throws(() => size.parse?.("0,48"), /expected a whole number of at least 1, got "0"/);
  assert.throws(() => scale.parse?.("-1"), /expected a number of at least 0, got "-1"/);
  assert.throws(() => seed.parse?.("x"), /expected a whole number, got "x"/);
});

/** Flags that are no option of a config: where a run lies, where its options come from, what it runs on. */
const OTHER_FLAGS = [
  ...["run-dir", "preset", "config", "resume", "until-epoch"],
  ...["engine", "threads", "gpu-memory", "no-mpi"],
];

/** Options without a flag: a list of objects, and three numbers that no one changes but SphereFace's authors. */
const WITHOUT_FLAG = ["testSets", "annealingBase", "annealingGamma", "annealingPower"];

test("every option of a config has a flag of its name, every flag an option, but for those that are named", () => {
  const keyOf = (flag: string) =>
    flag === "learning-rate-schedule-file"
      ? "learningRateSchedule"
      : flag.replace(/^no-/, "").replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const flags = Object.keys(trainOptions).filter((flag) => !OTHER_FLAGS.includes(flag));
  assert.deepEqual(flags.map(keyOf).sort(), CONFIG_KEYS.filter((key) => !WITHOUT_FLAG.includes(key)).sort());
  assert.equal(flags.length, Object.keys(trainOptions).length - OTHER_FLAGS.length);
});

test("every flag sets its option, and nothing else", async () => {
  const file = join(dir, "rates.txt");
  await writeFile(file, "0: 0.1");
  for (const { key, flag, noFlag, range } of Object.values(configOptions()).flat()) {
    assert.equal(flag === undefined, noFlag !== undefined, key);
    if (flag === undefined) continue;
    const [value, expected] =
      range.type === "boolean"
        ? [true, !flag.startsWith("no-")]
        : [file, flag.endsWith("-schedule-file") ? "0: 0.1" : file];
    assert.deepEqual(await givenOptions({ [flag]: value }), { [key]: expected });
  }
});

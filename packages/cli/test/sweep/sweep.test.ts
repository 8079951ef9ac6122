import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { useEngine } from "@amface/engine";
import { planSweep, readMetrics, runFolder, train } from "@amface/train";
import { slow } from "../../../../test/slow.ts";
import { tinyFaces } from "../../../train/test/tiny-faces.ts";
import { MAIN, program, programArgs } from "../../src/command/same-runtime.ts";
import { trainRun } from "../../src/sweep/train-run.ts";
import { runHere } from "../run-here.ts";

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-sweep-"));
});
after(() => rm(dir, { recursive: true }));

const amface = (...args: string[]) => runHere(args);

test("sweep says what is wrong with its file before anything is trained", async () => {
  const file = join(dir, "wrong.json");
  await writeFile(file, JSON.stringify({ config: { dataDir: "faces" }, vary: { learningRate: [0.1, -1] } }));
  const { status, err } = await amface("sweep", file, "--output-dir", join(dir, "wrong"));
  assert.equal(status, 2);
  assert.match(err, /Cannot use the sweep's run learningRate--1: .*learningRate/);
  assert.ok(!(await readdir(dir)).includes("wrong"));
});

/** A run of a sweep of tiny faces, its folder, and how `trainRun` is told to train it. */
async function tinySweep(name: string, config: object) {
  const folder = join(dir, name);
  const dataDir = await tinyFaces(join(folder, "faces"), 3, 4);
  const small = {
    net: "resface-small",
    imageSize: [16, 16],
    embeddingSize: 4,
    batchSize: 4,
    tensorboard: false,
  };
  const input = {
    config: { dataDir, ...small, maxNrofEpochs: 2, ...config },
    vary: { learningRate: [0.01, 1e30] },
  };
  const file = join(folder, "sweep.json");
  await writeFile(file, JSON.stringify(input));
  const { runs } = planSweep(input);
  const settings = {
    folder,
    flags: ["--engine", "onnx", "--threads", "1"],
    signal: new AbortController().signal,
  };
  return { file, runs, settings, paths: runs.map((run) => join(folder, run.name)) };
}

test("a failure that lies outside the run ends the sweep, says where and how it goes on, and is not remembered", {
  timeout: 60_000,
}, async () => {
  const { file, paths, settings } = await tinySweep("outside", { dataDir: join(dir, "not-mounted") });
  for (let call = 0; call < 2; call++) {
    const { status, err } = await amface("sweep", file, "--output-dir", settings.folder, "--engine", "cpu");
    assert.equal(status, 1);
    assert.ok(
      err.includes(paths[0]) && err.includes("not-mounted") && err.includes("the same call goes on"),
      err,
    );
    assert.ok(!(await readdir(paths[0])).includes("failure.json"));
  }
});

test("a run that diverges is remembered, with how to mend it; one that was finished since has not failed", {
  timeout: 60_000,
}, async () => {
  const { runs, paths, settings } = await tinySweep("diverges", { onDivergence: "stop" });
  const first = await trainRun(runs[1], undefined, settings);
  assert.match(first.failure!, /not finite|finite loss|finite values/);
  assert.ok(first.failure!.includes(`remove ${join(paths[1], "failure.json")} to try again`), first.failure);
  const { mtimeMs } = await stat(runFolder(paths[1]).config);
  assert.deepEqual(await trainRun(runs[1], undefined, settings), first);
  assert.equal((await stat(runFolder(paths[1]).config)).mtimeMs, mtimeMs, "not tried again");
  // A rung that it had come by before decides without it.
  await writeFile(runFolder(paths[1]).summary, JSON.stringify({ finished: false, epochs: 1 }));
  assert.equal((await trainRun(runs[1], 1, settings)).failure, undefined);
  assert.notEqual((await trainRun(runs[1], 2, settings)).failure, undefined);
  await writeFile(runFolder(paths[1]).summary, JSON.stringify({ finished: true, epochs: 2 }));
  assert.deepEqual(await trainRun(runs[1], undefined, settings), { finished: true, epochs: 2, history: [] });
  await writeFile(runFolder(paths[1]).summary, "{");
  await assert.rejects(trainRun(runs[1], undefined, settings), (error: Error) =>
    error.message.startsWith(`Cannot read ${runFolder(paths[1]).summary}: expected JSON`),
  );
});

test("a training that is killed ends the sweep, and one that is stopped while it starts trains nothing", {
  timeout: 60_000,
}, async () => {
  const { runs, paths, settings } = await tinySweep("killed", { maxNrofEpochs: 1e6 });
  const killed = trainRun(runs[0], undefined, settings);
  while (!(await stat(runFolder(paths[0]).metrics).catch(() => undefined))) await sleep(20);
  process.kill(JSON.parse(await readFile(runFolder(paths[0]).lock, "utf8")).pid, "SIGKILL");
  await assert.rejects(killed, /expected the training in .* to end, got SIGKILL/);
  assert.ok(!(await readdir(paths[0])).includes("failure.json"));

  const stop = new AbortController();
  const { signal } = stop;
  const listen = signal.addEventListener.bind(signal);
  // Between the last look at the signal and the training's start.
  signal.addEventListener = (...args: Parameters<typeof listen>) => {
    stop.abort();
    listen(...args);
  };
  assert.equal((await trainRun(runs[0], undefined, { ...settings, signal })).finished, false);
});

test("a sweep whose page cannot be written warns of it, and gives its table", async () => {
  const { file, paths, settings } = await tinySweep("no-page", {});
  for (const path of paths) {
    await mkdir(path);
    await writeFile(runFolder(path).config, "{");
    await writeFile(runFolder(path).summary, JSON.stringify({ finished: true, epochs: 2 }));
  }
  const { status, out, err } = await amface("sweep", file, "--output-dir", settings.folder);
  assert.equal(status, 0, err);
  assert.match(err, /No report: Cannot read the config of run /);
  assert.equal(out.match(/ finished /g)?.length, 2);
});

test("a sweep that is killed goes on where it was, repeats no finished step, and its last run is the one that train alone gives", {
  skip: !slow() && "slow: run with AMFACE_SLOW=1",
  timeout: 600_000,
}, async () => {
  const dataDir = await tinyFaces(join(dir, "faces"), 7, 4);
  const config = {
    ...{ dataDir, net: "resface-small", imageSize: [16, 16], embeddingSize: 4, batchSize: 4 },
    ...{ maxNrofEpochs: 4, validationIdentities: 4, validationPairs: 16, schedule: { type: "cosine" } },
    ...{ tensorboard: false, epochSize: 6 },
  };
  // The third diverges at once: such a run is told of, and not tried again.
  const vary = { learningRate: [0.01, 0.02, 1e30] };
  const file = join(dir, "sweep.json");
  const input = { config, vary, halving: { eta: 3, epochs: 2 } };
  await writeFile(file, JSON.stringify(input));
  const outputDir = join(dir, "runs");
  const args = ["sweep", file, "--output-dir", outputDir, "--engine", "onnx", "--threads", "1", "--json"];
  const { runs } = planSweep(input);
  const folders = runs.map(({ name }) => runFolder(join(outputDir, name)));

  const killed = spawn(program, [...programArgs, MAIN, ...args], { stdio: "ignore" });
  while (!(await stat(folders[0].metrics).catch(() => undefined))) await sleep(50);
  killed.kill("SIGKILL");
  await once(killed, "exit");
  // Its training, a process of its own, may go on for a while; the second sweep waits for it.
  const { status, out, err } = await amface(...args);
  assert.equal(status, 0, err);
  const swept = JSON.parse(out);
  const byName = new Map<string, { finished: boolean; epochs: number; endedAt?: number; failure?: string }>(
    swept.runs.map((run: { name: string }) => [run.name, run]),
  );
  const [a, b, c] = runs.map(({ name }) => byName.get(name)!);
  assert.match(c.failure!, /Cannot go on|not finite|expected/);
  assert.deepEqual(
    [a.endedAt, b.endedAt].filter((epochs) => epochs !== undefined),
    [2],
  );
  assert.deepEqual([a, b].map(({ epochs }) => epochs).sort(), [2, 4]);
  assert.equal(swept.runs[0].finished, true);
  assert.match(
    await readFile(swept.report, "utf8").then((page) => page.slice(0, 400)),
    /Comparison of 3 runs/,
  );
  for (const { metrics } of folders.slice(0, 2)) {
    const steps = (await readMetrics(metrics)).map(({ step }) => step);
    assert.deepEqual(
      steps,
      Array.from(steps, (_, i) => i + 1),
      "every step once",
    );
  }

  await useEngine("onnx", { threads: 1 });
  const best = runs.find(({ name }) => name === swept.runs[0].name)!;
  const alone = await train(best.config, { runDir: join(dir, "alone") });
  const [one, other] = [alone.model!, runFolder(join(outputDir, best.name)).model];
  assert.deepEqual(await readFile(one), await readFile(other));

  // Called once more it trains nothing, and says the same.
  const written = await stat(folders[0].summary);
  assert.deepEqual(JSON.parse((await amface(...args)).out), swept);
  assert.equal((await stat(folders[0].summary)).mtimeMs, written.mtimeMs);
  const { out: table } = await amface(...args.slice(0, -1));
  assert.match(table.split("\n")[1], /^1 +0\.0[12] +4 +finished +0\.\d{4} ± /);
});

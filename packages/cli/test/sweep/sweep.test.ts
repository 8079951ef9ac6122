import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { useEngine } from "@amface/engine";
import { planSweep, readMetrics, runFolder, train } from "@amface/train";
import { slow } from "../../../../test/slow.ts";
import { tinyFaces } from "../../../train/test/tiny-faces.ts";
import { MAIN, program, programArgs } from "../../src/command/same-runtime.ts";
import { COMMANDS, runProgram } from "../../src/mod.ts";

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-sweep-"));
});
after(() => rm(dir, { recursive: true }));

async function amface(...args: string[]) {
  let [out, err] = ["", ""];
  const status = await runProgram(COMMANDS, args, {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text), isTTY: false } as unknown as NodeJS.WriteStream,
    signal: new AbortController().signal,
  });
  return { status, out, err };
}

test("sweep says what is wrong with its file before anything is trained", async () => {
  const file = join(dir, "wrong.json");
  await writeFile(file, JSON.stringify({ config: { dataDir: "faces" }, vary: { learningRate: [0.1, -1] } }));
  const { status, err } = await amface("sweep", file, "--output-dir", join(dir, "wrong"));
  assert.equal(status, 2);
  assert.match(err, /Cannot use the sweep's run learningRate--1: .*learningRate/);
  assert.ok(!(await readdir(dir)).includes("wrong"));
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

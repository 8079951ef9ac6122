import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { COMMANDS, runProgram } from "@amface/cli";
import { generateFaces } from "@amface/data";

const dir = await mkdtemp(join(tmpdir(), "amface-batch-size-"));
after(() => rm(dir, { recursive: true }));

test("train --batch-size auto finds a batch before it trains, logs engine and reason once and keeps them", async () => {
  const crops = join(dir, "crops");
  await generateFaces(crops, { identities: 6, photos: 5, seed: 3, size: 32 });
  const lines: string[] = [];
  const io = {
    stdout: { write: () => true },
    stderr: { write: (text: string) => lines.push(text) } as unknown as NodeJS.WriteStream,
    signal: new AbortController().signal,
  };
  const run = join(dir, "run");
  const args = ["--data-dir", crops, "--image-size", "32,32", "--net", "resface-small", "--run-dir", run];
  // Two people stay, of 10 photos.
  const held = ["--validation-identities", "4", "--validation-pairs", "8"];
  const batch = ["--batch-size", "auto", "--max-nrof-epochs", "1", "--engine", "onnx:cpu"];
  assert.equal(await runProgram(COMMANDS, ["train", ...args, ...held, ...batch], io), 0, lines.join(""));
  assert.equal(lines.filter((line) => line.startsWith("engine onnx:cpu: ONNX Runtime")).length, 1);
  assert.ok(
    lines.some((line) => /^batch size 8: 10 is the largest to try/.test(line)),
    lines.join(""),
  );
  assert.equal(JSON.parse(await readFile(join(run, "config.json"), "utf8")).batchSize, 8);
  const summary = JSON.parse(await readFile(join(run, "train.json"), "utf8"));
  assert.equal(summary.engine, "onnx:cpu");
  assert.match(summary.engineReason, /as asked for/);
});

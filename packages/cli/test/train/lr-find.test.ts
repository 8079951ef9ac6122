import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { tinyFaces } from "../../../train/test/tiny-faces.ts";
import { lrFind } from "../../src/commands/lr-find.ts";
import { runHere } from "../run-here.ts";

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-rate-"));
  await tinyFaces(join(dir, "faces"), 5, 4);
});
after(() => rm(dir, { recursive: true }));

async function amface(...args: string[]) {
  return await amfaceUntil(new AbortController().signal, ...args);
}

const amfaceUntil = (signal: AbortSignal, ...args: string[]) => runHere(args, signal);

test("lr-find writes its curve as a table and a page, suggests a rate, and leaves no run", {
  timeout: 120_000,
}, async () => {
  const [output, report] = [join(dir, "rates.csv"), join(dir, "rates.html")];
  const { status, out, err } = await amface(
    ...["lr-find", "--data-dir", join(dir, "faces"), "--net", "resface-small", "--image-size", "16,16"],
    ...[
      "--embedding-size",
      "4",
      "--batch-size",
      "4",
      "--loss",
      "softmax",
      "--engine",
      "onnx",
      "--threads",
      "1",
    ],
    ...["--steps", "30", "--output", output, "--report", report, "--json"],
  );
  assert.equal(status, 0, err);
  const { suggestion, points, lowest, edge } = JSON.parse(out);
  assert.equal(suggestion, edge.rate / 60);
  assert.ok(edge.rate >= lowest.rate, `${edge.rate}, ${lowest.rate}`);
  const [head, ...rows] = (await readFile(output, "utf8")).trim().split("\n");
  assert.equal(head.trim(), "rate,loss,smoothed");
  assert.equal(rows.length, points.length);
  assert.deepEqual(rows[0].split(",").slice(0, 2).map(Number), [points[0].rate, points[0].loss]);
  const page = await readFile(report, "utf8");
  assert.ok(page.includes("Range test of learning rates") && page.includes("resface-small with softmax"));
  assert.deepEqual((await readdir(dir)).sort(), ["faces", "rates.csv", "rates.html"]);
});

test("lr-find that was stopped says so and fails, whether it has a suggestion or not", async () => {
  const stop = new AbortController();
  stop.abort();
  const size = [
    "--net",
    "resface-small",
    "--image-size",
    "16,16",
    "--embedding-size",
    "4",
    "--batch-size",
    "4",
  ];
  const data = ["--data-dir", join(dir, "faces"), "--engine", "onnx", "--threads", "1"];
  const { status, out } = await amfaceUntil(stop.signal, "lr-find", ...data, ...size, "--steps", "30");
  assert.equal(status, 1);
  assert.match(out, /^no suggestion yet \(0 steps .*, stopped before all tests were done\)/);
  const rest = { points: [], smoothed: [], diverged: false, lowest: undefined, edge: undefined, trained: "" };
  for (const stopped of [true, false])
    assert.equal(lrFind.fails?.({ ...rest, suggestion: 0.1, stopped }), stopped);
});

test("lr-find takes train's options but those of a run, and refuses rates that do not rise", async () => {
  const help = await amface("lr-find", "--help");
  for (const flag of ["--preset", "--config", "--loss", "--teacher", "--data-dir"])
    assert.ok(help.out.includes(flag), flag);
  for (const flag of ["--resume", "--run-dir", "--until-epoch"]) assert.ok(!help.out.includes(flag), flag);
  const { status, err } = await amface("lr-find", "--data-dir", "faces", "--from", "1", "--to", "5");
  assert.equal(status, 2);
  assert.match(err, /at least ten times --from, and that above 0, got 1 to 5/);
});

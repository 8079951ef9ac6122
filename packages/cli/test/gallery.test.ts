import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { alignFace } from "@amface/align";
import { renderFace } from "@amface/data";
import { useEngine } from "@amface/engine";
import { writePng } from "@amface/images";
import { createNet, saveNet } from "@amface/nets";
import { COMMANDS, runProgram } from "../src/mod.ts";

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-people-"));
  await useEngine("onnx");
  await saveNet(createNet("resface-small", { seed: 1, imageSize: [32, 32] }), join(dir, "net.safetensors"));
  for (const [person, name] of ["ann", "bob", "cat", "stranger"].entries()) {
    for (const photo of [1, 2]) {
      const { image, landmarks } = renderFace(person, photo);
      const crop = alignFace(image, landmarks, { height: 32, width: 32 });
      const folder = name === "stranger" ? "." : "staff";
      await writePng(join(dir, folder, name, `${photo}.png`), crop);
    }
  }
  await writeFile(join(dir, "staff", "bob", "3.png"), "no picture");
  const card = {
    ...{
      format: "amface-threshold-card",
      version: 1,
      model: "net",
      flip: "concat",
      alignment: null,
      warnings: [],
    },
    metric: "squared distance of L2-normalised embeddings",
    measured: { pairs: "made up", same: 10, different: 10, resampled: "pairs", level: 0.95 },
    // Only what is the same photo lies below.
    thresholds: [{ far: 1e-3, threshold: 1e-5, interval: [1e-5, 1e-5], tar: 1, tarInterval: [1, 1] }],
  };
  await writeFile(join(dir, "net.thresholds.json"), JSON.stringify(card));
});
after(() => rm(dir, { recursive: true }));

async function amface(command: string, ...args: string[]) {
  let [out, err] = ["", ""];
  const model = ["--gallery", join(dir, "staff.arrow"), "--model", join(dir, "net.safetensors")];
  const status = await runProgram(COMMANDS, [command, ...args, ...model, "--engine", "onnx", "--json"], {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text), isTTY: false } as unknown as NodeJS.WriteStream,
    signal: new AbortController().signal,
  });
  return { status, err, result: status === 0 ? JSON.parse(out) : undefined };
}

const LONG = { timeout: 120_000 };

test(
  "identify tells who of an enrolled folder photos show, and of others that they are unknown",
  LONG,
  async () => {
    const { status, err, result } = await amface("enrol", "--input-dir", join(dir, "staff"));
    assert.equal(status, 0, err);
    assert.deepEqual([result.people, result.photos, result.added, result.skipped], [3, 6, 6, 1]);
    assert.match(err, /Skipped: .*3\.png/);

    const photos = ["staff/bob/2.png", "stranger/1.png"].map((path) => join(dir, path));
    const { result: found } = await amface("identify", ...photos, "--top", "2");
    const [bob, stranger] = found.photos;
    assert.deepEqual(
      [bob.name, bob.decision, bob.matches[0].name, bob.matches.length],
      ["bob", "same", "bob", 2],
    );
    assert.ok(bob.matches[0].distance < 1e-5 && bob.matches[0].path.endsWith("2.png"));
    assert.deepEqual([stranger.name, stranger.decision, stranger.matches.length], [null, "different", 2]);

    const { result: left } = await amface("enrol", "--rename", "bob=rob", "--remove", "ann", "--compact");
    assert.deepEqual([left.people, left.photos], [2, 4]);
    const { result: renamed } = await amface("identify", photos[0]);
    assert.equal(renamed.photos[0].name, "rob");
    // Enrolled again, the same photos are there once.
    const { result: again } = await amface("enrol", "--input-dir", join(dir, "staff"));
    assert.deepEqual([again.people, again.photos], [4, 8]);
    assert.equal((await amface("enrol", "--remove", "nobody")).status, 1);
    assert.equal((await amface("enrol")).status, 2);
    assert.equal((await amface("enrol", "--rename", "x")).status, 2);
  },
);

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@tensorflow/tfjs-backend-cpu";
import { ALIGNMENT_FILE, writePng } from "@amface/images";
import { createNet, saveNet } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import { ALIGNMENT_RECORD as RECORD } from "../../../../test/alignment-record.ts";
import { COMMANDS, runProgram } from "../../src/mod.ts";

let dir: string;
let model: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-mismatch-"));
  model = join(dir, "model.safetensors");
  await tf.setBackend("cpu");
  const net = createNet("resface-small", { imageSize: [16, 16], embeddingSize: 4 });
  await saveNet(net, model, { alignment: JSON.stringify(RECORD) });
  await saveNet(net, join(dir, "silent.safetensors"));
  net.model.dispose();
  for (const person of ["A", "B"]) {
    for (const photo of [1, 2]) {
      const data = Uint8Array.from(
        { length: 16 * 16 * 3 },
        (_, i) => (i * photo * person.charCodeAt(0)) % 251,
      );
      await writePng(join(dir, "crops", person, `${person}_000${photo}.png`), {
        data,
        width: 16,
        height: 16,
      });
    }
  }
  await writeFile(join(dir, "pairs.txt"), "2\t1\nA\t1\t2\nA\t1\tB\t1\nB\t1\t2\nA\t2\tB\t2\n");
});
after(() => rm(dir, { recursive: true }));

const setRecord = (record: object) =>
  writeFile(join(dir, "crops", ALIGNMENT_FILE), JSON.stringify({ ...RECORD, ...record }));

async function amface(...args: string[]) {
  let err = "";
  const write = (text: string) => {
    err += text;
  };
  const status = await runProgram(COMMANDS, [...args, "--engine", "cpu"], {
    stdout: { write: () => {} },
    stderr: { write, isTTY: false } as unknown as NodeJS.WriteStream,
    signal: new AbortController().signal,
  });
  return { status, err };
}

const commands = {
  embed: () => ["embed", "--input-dir", join(dir, "crops"), "--output", join(dir, "out.npy")],
  eval: () => ["eval", "--lfw-dir", join(dir, "crops"), "--lfw-pairs", join(dir, "pairs.txt")],
};

for (const [name, command] of Object.entries(commands)) {
  test(`${name} refuses crops that were aligned otherwise than the model's, unless told`, async () => {
    const args = [...command(), "--model", model];
    await setRecord({ missing: "center" });
    const alike = await amface(...args);
    assert.equal(alike.status, 0, alike.err);
    assert.doesNotMatch(alike.err, /crops|align/); // eval warns of so few pairs
    await setRecord({ minSize: 40, scaleFactor: 0.8 });
    const { status, err } = await amface(...args);
    assert.equal(status, 1);
    assert.match(
      err,
      /got minSize 40 instead of 20, scaleFactor 0\.8 instead of 0\.709; align the photos again/,
    );
    const allowed = await amface(...args, "--allow-alignment-mismatch");
    assert.equal(allowed.status, 0);
    assert.match(allowed.err, /got minSize 40 instead of 20/);
  });

  test(`${name} warns where model or crops do not say how they were aligned`, async () => {
    await setRecord({});
    const silent = await amface(...command(), "--model", join(dir, "silent.safetensors"));
    assert.equal(silent.status, 0);
    assert.match(silent.err, /silent\.safetensors does not say how its crops were made/);
    await rm(join(dir, "crops", ALIGNMENT_FILE));
    const { status, err } = await amface(...command(), "--model", model);
    assert.equal(status, 0);
    assert.match(err, /crops does not say how its crops were made/);
  });
}

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { COMMANDS, runProgram } from "../../src/mod.ts";

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-compare-"));
  for (const [i, name] of ["a", "b"].entries()) {
    await mkdir(join(dir, name, "lfw"), { recursive: true });
    const files = { "config.json": { dataDir: "faces", seed: i }, "scores.json": [scores([0.7, 0.8][i])] };
    for (const [file, value] of Object.entries(files))
      await writeFile(join(dir, name, file), JSON.stringify(value));
    // The first model tells four of twenty pairs wrong, the second none.
    const rows = Array.from({ length: 20 }, (_, p) => {
      const wrong = i === 0 && p >= 8 && p < 12;
      return `${p % 2},${(p % 2 === 1) === wrong ? 3 : 1}`;
    });
    await writeFile(join(dir, name, "lfw", "distances.csv"), `issame,distance\n${rows.join("\n")}\n`);
  }
});
after(() => rm(dir, { recursive: true }));

function scores(mean: number) {
  const accuracy = { mean, std: 0.02, standardError: 0.01, ci95: [mean - 0.02, mean + 0.02] };
  const rest = { pairs: 100, skippedPairs: 0, folds: 10, threshold: 1, auc: 0.9, aucCi95: [0.8, 0.95] };
  return { step: 9, epoch: 3, validation: { ...rest, accuracy, eer: 0.1, val: null }, tests: {}, seconds: 1 };
}

async function amface(...args: string[]) {
  let [out, err] = ["", ""];
  const status = await runProgram(COMMANDS, args, {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text), isTTY: false } as unknown as NodeJS.WriteStream,
    signal: new AbortController().signal,
  });
  return { status, out, err };
}

test("compare prints a line a run with what differs and its scores, and a line a paired test", async () => {
  const [a, b] = [join(dir, "a"), join(dir, "b")];
  const report = join(dir, "compare.html");
  const { status, out } = await amface("compare", a, b, "--report", report);
  assert.equal(status, 0);
  const [head, first, second, , tested] = out.split("\n");
  assert.match(head, /^run +seed +steps +images\/s +validation$/);
  assert.ok(first.startsWith(a) && first.endsWith(" 0.7000 ± 0.0100 (0.6800 to 0.7200)"), first);
  assert.ok(second.startsWith(b) && second.includes("  1  "), second);
  assert.match(tested, /on lfw: 20\.00 points \(.* of 20 pairs; McNemar 4 to 0, p 0\.13: neither is shown/);
  assert.match(await readFile(report, "utf8"), /<h1>Comparison of 2 runs<\/h1>/);
  const { differences, runs } = JSON.parse((await amface("compare", a, b, "--json")).out);
  assert.deepEqual(differences, [{ option: "seed", values: [0, 1] }]);
  assert.equal(runs[1].chosen.validation.accuracy.mean, 0.8);
});

test("compare wants runs, and says which folder is none", async () => {
  assert.equal((await amface("compare", join(dir, "a"))).status, 2);
  const { status, err } = await amface("compare", join(dir, "a"), dir);
  assert.equal(status, 2);
  assert.match(
    err,
    /Cannot read the config of run .*: expected .*config\.json as amface train writes it, got no such file/,
  );
});

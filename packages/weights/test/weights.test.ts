import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  hasWeights,
  listWeights,
  parseModelCard,
  readWeights,
  renderCard,
  WEIGHTS_DIR,
  WeightsError,
} from "@amface/weights";

const PACKAGE = join(WEIGHTS_DIR, "..");

test("every file of weights has a card with its size and checksum, a page of it, and terms that are there", async () => {
  const files = await readdir(WEIGHTS_DIR);
  const weights = files.filter((file) => file.endsWith(".safetensors"));
  assert.ok(weights.includes("detector.safetensors"));
  for (const file of weights) {
    const bytes = await readFile(join(WEIGHTS_DIR, file));
    const name = file.replace(".safetensors", "");
    const card = parseModelCard(await readFile(join(WEIGHTS_DIR, `${name}.json`), "utf8"));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    assert.deepEqual([card.name, card.file, card.bytes, card.sha256], [name, file, bytes.length, sha256]);
    assert.ok(bytes.length < 8e6, `${file}: ${bytes.length} bytes`);
    assert.match(card.date, /^\d{4}-\d\d-\d\d$/);
    assert.equal(await readFile(join(WEIGHTS_DIR, `${name}.md`), "utf8"), renderCard(card));
    for (const part of ["learnedFrom", "measured", "limits", "intended", "notIntended"] as const) {
      assert.ok(card[part].length > 0, `${name}: ${part}`);
    }
    for (const { value, interval } of [...card.measured, ...card.groups]) {
      if (interval) assert.ok(interval[0] <= value && value <= interval[1], `${value} in ${interval}`);
    }
    assert.match(await readFile(join(PACKAGE, card.licence), "utf8"), /non-commercial research/);
    assert.match(await readFile(join(PACKAGE, "README.md"), "utf8"), new RegExp(`weights/${name}\\.md`));
    if (name === "embedder") assert.ok(files.includes("embedder.thresholds.json"));
  }
  const alone = files.filter((file) => !weights.some((name) => file.startsWith(name.split(".")[0])));
  assert.deepEqual(alone, []);
});

test("the package publishes weights and their terms, and its code stays under MIT", async () => {
  const { files, license } = JSON.parse(await readFile(join(PACKAGE, "package.json"), "utf8"));
  assert.ok(files.includes("weights") && files.includes("LICENSE-WEIGHTS.md"));
  assert.equal(license, "SEE LICENSE IN LICENSE-WEIGHTS.md");
  assert.match(await readFile(join(PACKAGE, "LICENSE"), "utf8"), /^MIT License/);
});

test("listWeights() and readWeights() give what is there", async () => {
  const cards = await listWeights();
  assert.ok(cards.some(({ name, terms }) => name === "detector" && /non-commercial/.test(terms)));
  const { bytes, card, path } = await readWeights("detector");
  assert.deepEqual([bytes.length, path], [card.bytes, join(WEIGHTS_DIR, "detector.safetensors")]);
  assert.equal(await hasWeights("detector"), true);
});

test("weights are refused that are missing, changed, cut short, or without a right card", async () => {
  const root = await mkdtemp(join(tmpdir(), "amface-weights-"));
  const refused = async (name: string, spoil: (dir: string) => Promise<void>, message: RegExp) => {
    const dir = join(root, name);
    await cp(WEIGHTS_DIR, dir, { recursive: true });
    await spoil(dir);
    await assert.rejects(readWeights("detector", dir), (error: Error) => {
      assert.ok(error instanceof WeightsError);
      assert.match(error.message, message);
      return true;
    });
  };
  const [file, json] = ["detector.safetensors", "detector.json"];
  try {
    await refused("missing", (dir) => rm(join(dir, file)), /Cannot read .*nothing there; install/);
    await refused("no-card", (dir) => rm(join(dir, json)), /Cannot read .*detector\.json: nothing there/);
    await refused("short", (dir) => truncate(join(dir, file), 1000), /expected .* got 1000 bytes with/);
    const flip = async (dir: string) => {
      const bytes = await readFile(join(dir, file));
      bytes[bytes.length - 1] ^= 1;
      await writeFile(join(dir, file), bytes);
    };
    await refused("flipped", flip, /expected detector\.safetensors of \d+ bytes with SHA-256/);
    const change = (from: RegExp, to: string) => async (dir: string) => {
      const text = await readFile(join(dir, json), "utf8");
      assert.match(text, from);
      await writeFile(join(dir, json), text.replace(from, to));
    };
    await refused("text", change(/"bytes": \d+/, '"bytes": "many"'), /bytes: expected a number, got "many"/);
    await refused("fields", change(/"limits"/, '"bounds"'), /limits: expected a list, got nothing/);
    await refused("interval", change(/"interval": \[/, '"interval": [1,'), /interval: expected a list of 2/);
    await rm(join(root, "no-card", file));
    assert.equal(await hasWeights("detector", join(root, "no-card")), false);
    assert.deepEqual(
      (await listWeights(join(root, "no-card"))).map(({ name }) => name),
      ["embedder"],
    );
  } finally {
    await rm(root, { recursive: true });
  }
});

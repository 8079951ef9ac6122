import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { alignFace } from "@amface/align";
import { renderFace } from "@amface/data";
import { useEngine } from "@amface/engine";
import { writePng } from "@amface/images";
import { readThresholdCard } from "@amface/lfw-eval";
import { createNet, readMetadata, readOnnxHeader, saveNet } from "@amface/nets";
import { memorySource } from "@amface/numpy";
import { runHere } from "./run-here.ts";

const LONG = { timeout: 120_000 };
const [PEOPLE, PHOTOS] = [6, 4];

let dir: string;
let model: string;
let crops: string;
const photo = (person: number, number: number) => `p${person}/p${person}_000${number}.png`;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-calibrate-"));
  await useEngine("onnx");
  model = join(dir, "net.safetensors");
  await saveNet(createNet("resface-small", { seed: 1, imageSize: [32, 32] }), model);
  crops = join(dir, "crops");
  for (let person = 0; person < PEOPLE; person++) {
    await mkdir(join(crops, `p${person}`), { recursive: true });
    for (let number = 1; number <= PHOTOS; number++) {
      const { image, landmarks } = renderFace(person, number);
      await writePng(
        join(crops, photo(person, number)),
        alignFace(image, landmarks, { height: 32, width: 32 }),
      );
    }
  }
}, LONG);
after(() => rm(dir, { recursive: true }));

/** Runs the command in this process; without `--json` where asked. */
const amface = (...args: string[]) => runHere(args);

async function json(...args: string[]) {
  const { status, out, err } = await amface(...args, "--json");
  return { status, err, result: status === 0 || status === 3 ? JSON.parse(out) : undefined };
}

const verify = (path: string, ...rest: readonly string[]) =>
  json(
    "verify",
    join(crops, photo(0, 1)),
    join(crops, photo(0, 2)),
    "--model",
    path,
    "--far",
    "0.1",
    ...rest,
  );

test(
  "calibrate writes a card with the FAR of other people, by which verify decides and eval measures",
  LONG,
  async () => {
    const got = await json("calibrate", "--model", model, "--dir", crops, "--bootstrap", "50");
    assert.equal(got.status, 0, got.err);
    const { card, same, different, people, photos, thresholds, warnings } = got.result;
    assert.equal(card, `${model}.thresholds.json`);
    assert.deepEqual([same, different, people, photos], [36, 240, PEOPLE, PEOPLE * PHOTOS]);
    assert.deepEqual(
      thresholds.map(({ far }: { far: number }) => far),
      [0.1, 0.01],
    );
    for (const { far, farInterval } of thresholds) assert.ok(farInterval[0] <= far && far <= farInterval[1]);
    assert.match(warnings.at(-1), /rest on 6 people: with fewer than 20 /);
    const written = await readThresholdCard(card);
    assert.equal(written.measured.resampled, "identities");
    assert.deepEqual(written.thresholds, thresholds);

    const verified = await verify(model);
    assert.deepEqual(verified.result.farInterval, thresholds[0].farInterval);
    const text = await amface(
      "verify",
      join(crops, photo(0, 1)),
      join(crops, photo(0, 2)),
      "--model",
      model,
      "--far",
      "0.1",
    );
    assert.match(
      text.out,
      /holds for +other people with FAR [\d.]+ to [\d.]+ \(95 % interval, identities resampled\)/,
    );
    assert.match(text.out, /warning +of the card: the intervals rest on 6 people/);

    // The pairs are those that the card was made of, so its own rates come out.
    const list = join(dir, "pairs.txt");
    await writeFile(list, pairRows().join("\n"));
    const evaluated = await json(
      ...[
        "eval",
        "--model",
        model,
        "--lfw-dir",
        crops,
        "--lfw-pairs",
        list,
        "--folds",
        "2",
        "--bootstrap",
        "0",
      ],
    );
    assert.equal(evaluated.status, 0, evaluated.err);
    const [{ far, measured }] = evaluated.result.byCard.rates;
    // Embedded in other batches: a pair at the threshold may come to lie on the other side.
    assert.ok(far === 0.1 && Math.abs(measured.far - far) < 0.005, `${measured.far}`);
    assert.ok(Math.abs(measured.tar - thresholds[0].tar) < 0.03, `${measured.tar}`);
    const again = await json(
      ...["calibrate", "--model", model, "--dir", crops, "--pairs", list, "--bootstrap", "50"],
      ...["--output", join(dir, "listed.json")],
    );
    const other = await json(
      ...["eval", "--model", model, "--lfw-dir", crops, "--lfw-pairs", list, "--folds", "2"],
      ...["--bootstrap", "0", "--flip", "sum"],
    );
    assert.match(other.err, /no error rates by the threshold card .*: it holds for --flip concat, .* by sum/);
    assert.equal(other.result.byCard, undefined);
    const apart = again.result.thresholds[0].threshold - thresholds[0].threshold;
    assert.ok(Math.abs(apart) < 1e-5, `${apart}`);
  },
);

/** Every pair, in two folds of both classes. */
function pairRows(): string[] {
  const all = Array.from({ length: PEOPLE * PHOTOS }, (_, i) => ({
    person: Math.floor(i / PHOTOS),
    path: photo(Math.floor(i / PHOTOS), 1 + (i % PHOTOS)).replace(".png", ".jpg"),
  }));
  const rows = all.flatMap((a, i) =>
    all.slice(0, i).map((b) => `${b.path} ${a.path} ${Number(a.person === b.person)}`),
  );
  const [same, different] = ["1", "0"].map((label) => rows.filter((row) => row.endsWith(label)));
  const half = (list: string[], k: number) => list.slice((k * list.length) / 2, ((k + 1) * list.length) / 2);
  return [0, 1].flatMap((k) => [...half(same, k), ...half(different, k)]);
}

test(
  "the card goes along inside ONNX and safetensors, whose names do not clash, and decides where none lies beside",
  LONG,
  async () => {
    await json("calibrate", "--model", model, "--dir", crops, "--bootstrap", "20");
    const { result: source } = await verify(model);
    for (const [format, name] of [
      ["onnx", "out.onnx"],
      ["safetensors", "out.safetensors"],
    ]) {
      const output = join(dir, name);
      const made = await json("export", "--model", model, "--format", format, "--output", output);
      assert.equal(made.status, 0, made.err);
      assert.equal(made.result.card, `${model}.thresholds.json`);
      const got = await verify(output);
      assert.equal(got.status, source.decision === "same" ? 0 : 3, got.err);
      assert.deepEqual([got.result.threshold, got.result.card.path], [source.threshold, output]);
      const inspected = await json("inspect", output);
      assert.equal(inspected.result.thresholds.thresholds[0].threshold, source.threshold);
      assert.equal(inspected.result.metadata["amface.thresholds"], undefined);
      assert.match(
        (await amface("inspect", output)).out,
        /thresholds of .* on 24 photos of 6 people[\s\S]*FAR 0\.1 [\s\S]*warning: the intervals rest on 6 people/,
      );
    }
    // A card of its own for each.
    const [onnx, net] = [join(dir, "out.onnx"), join(dir, "out.safetensors")];
    for (const path of [onnx, net]) {
      const got = await json("calibrate", "--model", path, "--dir", crops, "--bootstrap", "20");
      assert.equal(got.result.card, `${path}.thresholds.json`);
      assert.equal((await verify(path)).result.card.path, `${path}.thresholds.json`);
    }
    // One under the name that both share is taken by the model whose checksum it has; the other has the one inside it.
    const shared = join(dir, "out.thresholds.json");
    await rename(`${onnx}.thresholds.json`, shared);
    await rm(`${net}.thresholds.json`);
    assert.equal((await verify(onnx)).result.card.path, shared);
    assert.equal((await verify(net)).result.card.path, net);
    // What is exported from that one takes it along again.
    const again = join(dir, "again.safetensors");
    await json("export", "--model", net, "--format", "safetensors", "--output", again);
    assert.ok((await readMetadata(again))["amface.thresholds"]);
  },
);

test(
  "a card whose model is not told is refused where two share its name, and one of other weights always",
  LONG,
  async () => {
    const [one, two] = ["bare.safetensors", "bare.onnx"].map((name) => join(dir, name));
    await saveNet(createNet("resface-small", { seed: 3, imageSize: [32, 32] }), one);
    await json("calibrate", "--model", one, "--dir", crops, "--bootstrap", "20");
    const card = JSON.parse(await readFile(`${one}.thresholds.json`, "utf8"));
    await rm(`${one}.thresholds.json`);
    const shared = join(dir, "bare.thresholds.json");
    const { modelSha256: _, ...unnamed } = card;
    await writeFile(shared, JSON.stringify(unnamed));
    assert.equal((await verify(one)).result.card.path, shared);
    await copyFile(one, two);
    const refused = await verify(one);
    assert.equal(refused.status, 1);
    assert.match(
      refused.err,
      /expected it to say whose it is, got other models of that name; rename it to .*bare\.safetensors\.thresholds\.json/,
    );
    const stale = await verify(one, "--card", `${model}.thresholds.json`);
    assert.match(stale.err, /expected the weights that it was measured with, got others; measure again/);
    const exported = await json(
      "export",
      "--model",
      one,
      "--format",
      "safetensors",
      "--output",
      join(dir, "o.safetensors"),
    );
    assert.match(exported.err, /No threshold card goes along/);
    assert.equal(exported.result.card, undefined);
    const none = await verify(join(dir, "o.safetensors"));
    assert.match(
      none.err,
      /Cannot find a threshold card of .*o\.safetensors: expected one beside it or inside it, got none/,
    );
  },
);

test("calibrate says what is wrong with a call and with the photos", LONG, async () => {
  const call = async (...args: string[]) => (await amface("calibrate", ...args)).err;
  assert.match(await call("--dir", crops), /Cannot calibrate: expected --model or --output, got neither/);
  assert.match(await call("--model", model), /--dir/);
  const alone = join(dir, "alone");
  await mkdir(join(alone, "p0"), { recursive: true });
  await copyFile(join(crops, photo(0, 1)), join(alone, photo(0, 1)));
  assert.match(
    await call("--model", model, "--dir", alone),
    /expected two people or more, one of them by two photos/,
  );
  await writeFile(join(alone, "p0", "broken.png"), "no photo");
  // Nothing is read where the call cannot work.
  const early = await call("--model", model, "--dir", alone);
  assert.match(early, /expected two people or more, one of them by two photos/);
  assert.doesNotMatch(early, /Skipped/);
  const same = join(dir, "same-only.txt");
  await writeFile(
    same,
    pairRows()
      .filter((row) => row.endsWith(" 1"))
      .join("\n"),
  );
  await writeFile(join(crops, "p0", "p0_0009.png"), "no photo");
  const listed = await call("--model", model, "--dir", crops, "--pairs", same);
  await rm(join(crops, "p0", "p0_0009.png"));
  assert.match(listed, /expected same and different pairs, got 36 same pairs only/);
  assert.doesNotMatch(listed, /embed/);
  await mkdir(join(alone, "p1"));
  await copyFile(join(crops, photo(1, 1)), join(alone, photo(1, 1)));
  assert.match(await call("--model", model, "--dir", alone), /Skipped: .*broken\.png/);
});

test("a card inside a model's file is refused with other tensors or other preprocessing", LONG, async () => {
  const source = join(dir, "bound-source.safetensors");
  const seeded = (seed: number) => createNet("resface-small", { seed, imageSize: [32, 32] });
  await saveNet(seeded(5), source);
  await json("calibrate", "--model", source, "--dir", crops, "--bootstrap", "20");
  const exported = async (format: string, name: string, ...rest: string[]) => {
    const output = join(dir, name);
    const got = await json("export", "--model", source, "--format", format, "--output", output, ...rest);
    assert.equal(got.status, 0, got.err);
    return output;
  };
  const taken = async (path: string, ...rest: string[]) => {
    const got = await verify(path, ...rest);
    assert.ok(got.status === 0 || got.status === 3, got.err);
    assert.equal(got.result.card.path, path);
    assert.match(got.result.card.warnings.join(), /the intervals rest on 6 people/);
    return got.result.card.warnings.join();
  };
  const OTHERS =
    /inside .*: expected the weights and the preprocessing that it was put there with, got others/;

  const net = await exported("safetensors", "bound.safetensors");
  assert.doesNotMatch(await taken(net), /float16|does not say/);
  const card = await readMetadata(net);
  await saveNet(seeded(6), net, { "amface.thresholds": card["amface.thresholds"] });
  assert.match((await verify(net)).err, OTHERS);
  // What is exported from there loses it, and says so; from a file whose own card is right that one goes along.
  const again = join(dir, "bound-again.safetensors");
  const dropped = await json("export", "--model", net, "--format", "safetensors", "--output", again);
  assert.match(dropped.err, /No threshold card goes along/);
  assert.equal((await readMetadata(again))["amface.thresholds"], undefined);

  const half = await exported("safetensors", "bound-half.safetensors", "--half");
  assert.match(await taken(half), /before the weights were rounded to float16/);
  await copyFile(`${model}.thresholds.json`, `${half}.thresholds.json`);
  const beside = await json("export", "--model", half, "--format", "safetensors", "--output", again);
  assert.match(beside.err, /The threshold card inside .*bound-half\.safetensors goes along: .*got others/);
  assert.equal(beside.result.card, half);
  await taken(again);

  const onnx = await exported("onnx", "bound.onnx");
  await taken(onnx);
  assert.match((await verify(onnx, "--input-mean", "0")).err, OTHERS);
  await json(
    "verify",
    join(crops, photo(0, 1)),
    join(crops, photo(0, 2)),
    "--model",
    onnx,
    "--input-mean",
    "127.5",
  );
  await taken(onnx, "--input-mean", "127.5");
  // One bit of a weight: the values of the last constant stand near the end of the graph.
  const bytes = await readFile(onnx);
  const { initializers } = readOnnxHeader(memorySource(bytes), onnx);
  const largest = initializers.reduce((a, b) =>
    b.values.end - b.values.start > a.values.end - a.values.start ? b : a,
  );
  bytes[largest.values.start] ^= 1;
  await writeFile(onnx, bytes);
  assert.match((await verify(onnx)).err, OTHERS);
  await taken(await exported("onnx", "bound-pixels.onnx", "--pixels"));
});

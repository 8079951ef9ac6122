import assert from "node:assert/strict";
import { test } from "node:test";
import { auditLabels, auditOverlap, type EmbeddingTable, Random } from "../../src/mod.ts";

const SIZE = 32;

/** An embedding of a photo: the direction of the person, and noise of its own. */
function embed(person: string, photo: string | number): number[] {
  const [direction, noise] = [new Random("direction", person), new Random("noise", person, photo)];
  return Array.from({ length: SIZE }, () => direction.normal() + 0.6 * noise.normal());
}

/** @param photos What each is called, and whom it shows. */
function tableOf(photos: readonly (readonly [path: string, person: string])[]): EmbeddingTable {
  return {
    paths: photos.map(([path]) => path),
    data: Float32Array.from(photos.flatMap(([path, person]) => embed(person, path))),
    size: SIZE,
  };
}

const photosOf = (name: string, person: string, count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => [`${name}/${from + i}.png`, person] as const);

const people = Array.from({ length: 20 }, (_, p) => photosOf(`p${p}`, `p${p}`, 8)).flat();

test("auditLabels() finds nothing in labels that are right", async () => {
  const { wrongLabels, twoPeople, twoNames, incoherent, limit, likeness } = await auditLabels(
    tableOf(people),
  );
  assert.deepEqual([wrongLabels, twoPeople, twoNames, incoherent], [[], [], [], []]);
  assert.ok(limit > 0.1 && limit < 0.6, `${limit}`);
  const mean = likeness.reduce((sum, value) => sum + value, 0) / likeness.length;
  assert.ok(mean > 0.7 && mean < 1, `${mean}`);
});

test("auditLabels() tells wrong labels with where they belong, two people, two names, and identities that are nobody", async () => {
  const audit = await auditLabels(
    tableOf([
      ...people,
      ["p3/of-p7.png", "p7"],
      ["p4/of-a-stranger.png", "stranger"],
      ["alone/of-p9.png", "p9"],
      ...photosOf("both", "first", 7),
      ...photosOf("both", "second", 5, 7),
      ...photosOf("name", "split", 6),
      ...photosOf("nickname", "split", 5),
      ...["x", "y", "z"].map((person, i) => [`nobody/${i}.png`, person] as const),
    ]),
  );
  assert.deepEqual(
    audit.wrongLabels.map(({ path, identity, other }) => [path, identity, other]),
    [
      ["p3/of-p7.png", "p3", "p7"],
      ["p4/of-a-stranger.png", "p4", undefined],
      ["alone/of-p9.png", "alone", "p9"],
    ],
  );
  assert.deepEqual(
    audit.twoPeople.map(({ identity, first, second }) => [identity, first.length, second]),
    [["both", 7, [7, 8, 9, 10, 11].map((i) => `both/${i}.png`)]],
  );
  assert.deepEqual(
    audit.twoNames.map(({ identity, photos, other, otherPhotos }) => [identity, photos, other, otherPhotos]),
    [["name", 6, "nickname", 5]],
  );
  assert.deepEqual(audit.incoherent, ["nobody"]);
});

test("auditLabels() gives the same with products of an engine, and tells its steps", async () => {
  const table = tableOf([...people, ["p3/of-p7.png", "p7"]]);
  let calls = 0;
  const steps: number[] = [];
  const audit = await auditLabels(table, {
    products: async (a, b) => {
      calls++;
      const products = new Float32Array((a.data.length / SIZE) * (b.data.length / SIZE));
      for (let at = 0; at < products.length; at++)
        for (let i = 0; i < SIZE; i++) {
          const [row, column] = [Math.floor(at / (b.data.length / SIZE)), at % (b.data.length / SIZE)];
          products[at] += a.data[row * SIZE + i] * b.data[column * SIZE + i];
        }
      return products;
    },
    onProgress: (done) => steps.push(done),
  });
  assert.ok(calls > 0);
  assert.deepEqual(steps, [1, 2, 3, 4]);
  const found = ({ wrongLabels }: Awaited<ReturnType<typeof auditLabels>>) =>
    wrongLabels.map(({ path, other }) => [path, other]);
  assert.deepEqual(found(audit), [["p3/of-p7.png", "p7"]]);
  assert.deepEqual(found(audit), found(await auditLabels(table)));
});

test("auditLabels() refuses a table without photos, and embeddings without a direction", async () => {
  await assert.rejects(auditLabels(tableOf([])), /Cannot audit labels: expected photos, got none/);
  const broken = { paths: ["a/1.png"], data: new Float32Array(4), size: 4 };
  await assert.rejects(auditLabels(broken), /Cannot use the embedding of a\/1\.png/);
});

test("auditOverlap() finds the test's people and near copies of its photos", async () => {
  const training = tableOf([...people, ["p1/copy.png", "tested"]]);
  const tested = tableOf([
    ...photosOf("t5", "p5", 4, 100),
    ...photosOf("other", "somebody", 4),
    ["one/p1-copy.png", "tested"],
  ]);
  // The copy differs from its original by a little.
  const from = training.paths.indexOf("p1/copy.png") * SIZE;
  const original = training.data.subarray(from, from + SIZE);
  tested.data.set(
    original.map((value, i) => value + 0.05 * Math.sin(i)),
    tested.paths.indexOf("one/p1-copy.png") * SIZE,
  );
  const { copies, people: shared } = await auditOverlap(training, tested);
  assert.deepEqual(
    copies.map(({ training, test }) => [training, test]),
    [["p1/copy.png", "one/p1-copy.png"]],
  );
  assert.ok(copies[0].distance > 0 && copies[0].distance < 0.01);
  assert.deepEqual(
    shared.map(({ training, test }) => [training, test]),
    [["p5", "t5"]],
  );
  await assert.rejects(
    auditOverlap(training, { paths: ["a/1.png"], data: Float32Array.of(1), size: 1 }),
    /expected embeddings of one model, got 32 values and 1/,
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  averageLinkage,
  centred,
  chineseWhispers,
  mutualComponents,
  type Neighbours,
  nearestNeighbours,
  pairwiseF,
} from "@amface/lfw-eval";
import { seededIntegers } from "../../src/pairs/random.ts";

/** Embeddings of a few people: a random centre each, and photos around it. */
function people(identities: number, photos: number, spread: number, size = 16) {
  const draw = seededIntegers(7);
  const next = () => draw(2 ** 24) / 2 ** 24;
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const centres = Array.from({ length: identities }, () => Array.from({ length: size }, normal));
  const rows = centres.flatMap((centre) =>
    Array.from({ length: photos }, () => centre.map((value) => value + spread * normal())),
  );
  const labels = rows.map((_, row) => Math.floor(row / photos));
  return { embeddings: { data: Float32Array.from(rows.flat()), size }, labels, rows };
}

const cosine = (a: number[], b: number[]) => {
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

test("nearestNeighbours() finds what sorting all others finds, nearer than the threshold, by any products", async () => {
  const { embeddings, rows } = people(35, 60, 0.8, 4); // 2,100: more than a block
  const [neighbours, threshold] = [5, 0.003];
  const found = await nearestNeighbours(embeddings, { neighbours, threshold });
  for (let row = 0; row < rows.length; row += 230) {
    const sorted = rows
      .map((other, i) => ({ i, cosine: cosine(rows[row], other) }))
      .filter(({ i, cosine }) => i !== row && 2 - 2 * cosine < threshold)
      .sort((a, b) => b.cosine - a.cosine)
      .slice(0, neighbours);
    const at = [row * neighbours, (row + 1) * neighbours] as const;
    const got = [...found.rows.slice(...at)].filter((other) => other >= 0);
    assert.deepEqual(
      got,
      sorted.map(({ i }) => i),
    );
    for (const [k, { cosine }] of sorted.entries())
      assert.ok(Math.abs(found.cosines[at[0] + k] - cosine) < 1e-5);
  }
  let [told, calls] = [0, 0];
  const again = await nearestNeighbours(embeddings, {
    ...{ neighbours, threshold },
    products: async (a, b) => {
      calls++;
      const [x, y] = [a, b].map(({ data, size }) => data.length / size);
      const products = new Float32Array(x * y);
      for (let i = 0; i < x; i++)
        for (let j = 0; j < y; j++)
          for (let d = 0; d < a.size; d++)
            products[i * y + j] += a.data[i * a.size + d] * b.data[j * a.size + d];
      return products;
    },
    onProgress: (done, total) => {
      told = done / total;
    },
  });
  assert.deepEqual([calls, told], [3, 1]);
  for (const [at, cosine] of again.cosines.entries()) assert.ok(Math.abs(cosine - found.cosines[at]) < 1e-5);
});

test("of equally near neighbours the first ones are kept", async () => {
  const embeddings = { data: Float32Array.from(Array.from({ length: 6 }, () => [1, 0]).flat()), size: 2 };
  const { rows } = await nearestNeighbours(embeddings, { neighbours: 2 });
  assert.deepEqual([...rows], [1, 2, 0, 2, 0, 1, 0, 1, 0, 1, 0, 1]);
});

test("all ways find people whose photos lie together, whatever the seed", async () => {
  const { embeddings, labels } = people(30, 12, 0.15);
  const neighbours = await nearestNeighbours(embeddings, { neighbours: 20, threshold: 0.3 });
  assert.equal(pairwiseF(mutualComponents(neighbours), labels).f, 1);
  assert.deepEqual(Array.from(await averageLinkage(embeddings, neighbours, 0.3)), labels);
  for (const seed of [0, 1]) {
    const clusters = chineseWhispers(neighbours, { seed });
    assert.deepEqual(Array.from(clusters), labels);
  }
});

/** Neighbours by hand: a list of the others of each. */
function handmade(lists: readonly (readonly [number, number][])[]): Neighbours {
  const size = 3;
  const rows = new Int32Array(lists.length * size).fill(-1);
  const cosines = new Float32Array(rows.length);
  for (const [row, list] of lists.entries())
    for (const [k, [other, cosine]] of list.entries()) {
      rows[row * size + k] = other;
      cosines[row * size + k] = cosine;
    }
  return { count: lists.length, size, rows, cosines };
}

test("mutualComponents() joins those that name each other, and hangs nothing on a photo that all name", () => {
  const hub = handmade([
    [
      [1, 0.9],
      [4, 0.8],
    ],
    [[0, 0.9]],
    [
      [3, 0.9],
      [4, 0.8],
    ],
    [[2, 0.9]],
    [[0, 0.8]],
  ]);
  assert.deepEqual([...mutualComponents(hub)], [0, 0, 1, 1, 0]);
  const oneWay = handmade([[[1, 0.9]], [], [[1, 0.9]]]);
  assert.deepEqual([...mutualComponents(oneWay)], [0, 1, 2]);
});

test("chineseWhispers() leaves two groups apart that a weak edge joins, where components join them", () => {
  const triangle = (a: number, b: number, c: number) =>
    new Map([a, b, c].map((row) => [row, [a, b, c].filter((other) => other !== row)] as const));
  const groups = new Map([...triangle(0, 1, 2), ...triangle(3, 4, 5)]);
  const lists = Array.from({ length: 6 }, (_, row) =>
    groups.get(row)!.map((other) => [other, 0.9] as [number, number]),
  );
  lists[2].push([3, 0.3]);
  lists[3].push([2, 0.3]);
  assert.deepEqual([...mutualComponents(handmade(lists))], [0, 0, 0, 0, 0, 0]);
  for (const seed of [0, 1, 2, 3])
    assert.deepEqual([...chineseWhispers(handmade(lists), { seed })], [0, 0, 0, 1, 1, 1]);
});

/** Average linkage by its definition: mean of all cosines between two clusters, looked through anew each time. */
function slowLinkage(rows: number[][], threshold: number): number[] {
  const clusters = rows.map((_, row) => [row]);
  for (;;) {
    let best = { mean: 1 - threshold / 2, a: -1, b: -1 };
    for (let a = 0; a < clusters.length; a++)
      for (let b = a + 1; b < clusters.length; b++) {
        const cosines = clusters[a].flatMap((i) => clusters[b].map((j) => cosine(rows[i], rows[j])));
        const mean = cosines.reduce((sum, value) => sum + value, 0) / cosines.length;
        if (mean > best.mean) best = { mean, a, b };
      }
    if (best.a < 0) break;
    clusters[best.a].push(...clusters[best.b]);
    clusters.splice(best.b, 1);
  }
  clusters.sort((a, b) => Math.min(...a) - Math.min(...b));
  return rows.map((_, row) => clusters.findIndex((members) => members.includes(row)));
}

test("averageLinkage() gives what comparing all clusters gives, at any threshold", async () => {
  const { embeddings, rows } = people(12, 5, 0.9, 6);
  for (const threshold of [0.1, 0.5, 0.9, 1.4]) {
    const near = await nearestNeighbours(embeddings, { neighbours: rows.length, threshold });
    const found = Array.from(await averageLinkage(embeddings, near, threshold));
    assert.deepEqual(found, slowLinkage(rows, threshold));
    assert.ok(new Set(found).size > 1 && new Set(found).size < rows.length);
  }
});

test("averageLinkage() joins all linked clusters that are near enough, also of lists that were cut off", async () => {
  const { embeddings, rows } = people(8, 30, 0.9, 8);
  const [neighbours, threshold] = [4, 0.9];
  const near = await nearestNeighbours(embeddings, { neighbours, threshold });
  const found = await averageLinkage(embeddings, near, threshold);
  const members = (cluster: number) => rows.filter((_, row) => found[row] === cluster);
  let apart = 0;
  for (const [at, other] of near.rows.entries()) {
    const [a, b] = [found[Math.floor(at / neighbours)], found[other]];
    if (other < 0 || a === b) continue;
    const cosines = members(a).flatMap((one) => members(b).map((other) => cosine(one, other)));
    assert.ok(2 - (2 * cosines.reduce((sum, value) => sum + value, 0)) / cosines.length > threshold - 1e-5);
    apart++;
  }
  assert.ok(apart > 10 && new Set(found).size > 8);
});

test("averageLinkage() lets other work run, and ends by what onProgress throws", async () => {
  const { embeddings } = people(5, 20, 0.15);
  const near = await nearestNeighbours(embeddings, { neighbours: 20, threshold: 0.3 });
  const { now } = performance;
  let [clock, ran] = [0, false];
  performance.now = () => (clock += 1000);
  try {
    setTimeout(() => {
      ran = true;
    }, 0);
    await averageLinkage(embeddings, near, 0.3);
    assert.ok(ran);
    const onProgress = () => {
      throw new Error("stopped");
    };
    await assert.rejects(averageLinkage(embeddings, near, 0.3, { onProgress }), /stopped/);
  } finally {
    performance.now = now;
  }
});

test("centred() takes the mean of the embeddings, all of one length, off each", () => {
  const { data } = centred({ data: Float32Array.from([2, 0, 0, 5]), size: 2 });
  assert.deepEqual([...data], [0.5, -0.5, -0.5, 0.5]);
});

test("pairwiseF() counts pairs", () => {
  // Together: 01, 34, 35, 45; one person's: 01, 02, 12, 34; both: 01, 34.
  const { precision, recall, f } = pairwiseF([0, 0, 1, 2, 2, 2], ["a", "a", "a", "b", "b", "c"]);
  assert.deepEqual([precision, recall, f], [0.5, 0.5, 0.5]);
  assert.deepEqual(pairwiseF([0, 1], ["a", "b"]), { precision: 1, recall: 1, f: 1 });
  assert.deepEqual(pairwiseF([0, 0, 1], ["a", "b", "b"]), { precision: 0, recall: 0, f: 0 });
  assert.throws(() => pairwiseF([0], ["a", "b"]), /expected 1 identities, one an embedding, got 2/);
});

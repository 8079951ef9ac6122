import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "@amface/data";
import { gatherRows } from "../../src/processes/gather-rows.ts";
import { broadcastJson, gatherJson } from "../../src/processes/messages.ts";
import { shareOf } from "../../src/processes/share.ts";
import { SharedSum } from "../../src/processes/shared-sum.ts";
import { nodeSizes, TreeSum } from "../../src/processes/tree-sum.ts";
import { localProcesses } from "../local-processes.ts";

/** Vectors whose sums depend on the order of additions. */
function vectors(count: number, length: number): Float32Array[] {
  const random = new Random("vectors", count, length);
  return Array.from({ length: count }, () =>
    Float32Array.from({ length }, () => (random.next() - 0.5) * 10 ** random.int(7)),
  );
}

/** The tree by its definition: the left half holds the largest power of two below the number. */
function treeOf(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0];
  const left = 2 ** Math.ceil(Math.log2(parts.length) - 1);
  const [a, b] = [treeOf(parts.slice(0, left)), treeOf(parts.slice(left))];
  return a.map((value, i) => value + b[i]);
}

test("any number of processes, down to one micro-batch each, gives the bits of one tree", async () => {
  let inOrder = 0;
  for (let total = 1; total <= 17; total++) {
    const parts = vectors(total, 23);
    const expected = treeOf(parts);
    const straight = parts.reduce((sum, part) => sum.map((value, i) => value + part[i]));
    if (String(straight) === String(expected)) inOrder++;
    for (let size = 1; size <= total; size++) {
      const sums = localProcesses(size).map(async (process) => {
        const { first, count } = shareOf(total, process);
        const own = new TreeSum();
        const sum = new SharedSum(total, process);
        for (let m = first; m < first + count; m++) {
          own.add(parts[m].slice(), m);
          sum.add(parts[m].slice());
        }
        assert.deepEqual(
          own.nodes.map((node) => node.size),
          nodeSizes(first, count),
        );
        return await sum.total();
      });
      for (const sum of await Promise.all(sums)) assert.deepEqual(sum, expected, `${total} in ${size}`);
    }
  }
  assert.ok(inOrder < 4, "the order of these additions shows in no bit");
});

test("as float16, every process has the same sum, near the whole one, and the bytes are half as many", async () => {
  const parts = vectors(6, 1001);
  const expected = treeOf(parts);
  const largest = parts.map((part) => part.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
  const bound = 2 ** -10 * largest.reduce((sum, value) => sum + value);
  for (const size of [2, 3, 5]) {
    let bytes = 0;
    const sums = localProcesses(size).map(async (process) => {
      const send = process.send.bind(process);
      process.send = (values, ...to) => {
        bytes += values.byteLength;
        return send(values, ...to);
      };
      const { first, count } = shareOf(6, process);
      const sum = new SharedSum(6, process, "float16");
      for (let m = first; m < first + count; m++) sum.add(parts[m].slice());
      return await sum.total();
    });
    const [first, ...others] = await Promise.all(sums);
    for (const other of others) assert.deepEqual(other, first);
    assert.ok(first.every((value, i) => Math.abs(value - expected[i]) <= bound));
    assert.notDeepEqual(first, expected);
    const most = size === 5 ? 8 : size === 2 ? 6 : 3; // nodes, and the gathered parts
    assert.ok(bytes < 1.1 * 2 * 1001 * (most + size), `${size}: ${bytes}`);
  }
});

test("a node that is complete is sent before the next vector is there", async () => {
  const parts = vectors(6, 10);
  const sentAfter: string[] = [];
  const sums = localProcesses(2).map((process) => {
    const send = process.send.bind(process);
    let added = 0;
    process.send = (...message) => {
      sentAfter.push(`${process.rank} after ${added}`);
      return send(...message);
    };
    const sum = new SharedSum(6, process);
    for (let m = 0; m < 3; m++) {
      added++;
      sum.add(parts[process.rank * 3 + m].slice());
    }
    process.send = send;
    return sum;
  });
  // Process 0 has the nodes 0 1 and 2, process 1 has 3 and 4 5.
  assert.deepEqual(sentAfter, ["0 after 2", "0 after 3", "1 after 1", "1 after 3"]);
  const expected = treeOf(parts);
  for (const sum of await Promise.all(sums.map((sum) => sum.total()))) assert.deepEqual(sum, expected);
});

test("shares are of one size or differ by one, and leave nothing out", () => {
  for (const [total, size] of [
    [8, 8],
    [8, 3],
    [17, 4],
    [5, 1],
  ]) {
    const shares = Array.from({ length: size }, (_, rank) => shareOf(total, { rank, size }));
    const counts = shares.map(({ count }) => count);
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1);
    assert.deepEqual(
      shares.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i)),
      Array.from({ length: total }, (_, i) => i),
    );
  }
});

test("rows of micro-batches and JSON come to all processes in their order", async () => {
  for (const size of [1, 2, 3, 5]) {
    const outcomes = localProcesses(size).map(async (process) => {
      const { first, count } = shareOf(5, process);
      const own = Array.from({ length: count }, (_, i) => Float32Array.of(first + i, -first - i));
      const rows = await gatherRows(own, 5, process);
      const texts = await gatherJson(process, "é".repeat(process.rank));
      const value = await broadcastJson(process, process.rank === 0 ? { learningRate: 0.1 } : undefined);
      return { rows: rows.map((row) => [...row]), texts, value };
    });
    for (const { rows, texts, value } of await Promise.all(outcomes)) {
      assert.deepEqual(rows, [
        [0, -0],
        [1, -1],
        [2, -2],
        [3, -3],
        [4, -4],
      ]);
      assert.deepEqual(
        texts,
        Array.from({ length: size }, (_, rank) => "é".repeat(rank)),
      );
      assert.deepEqual(value, { learningRate: 0.1 });
    }
  }
});

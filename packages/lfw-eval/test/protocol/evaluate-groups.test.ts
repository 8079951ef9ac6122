import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluateGroups } from "../../src/mod.ts";
import { labels, randomDistances } from "../seeded.ts";

const issame = labels(10, 20);
const table = {
  issame,
  distances: randomDistances(issame, 0.5, 3),
  photos: issame.map((_, p): readonly [string, string] => {
    const group = p % 2 === 0 ? "Asian" : "Indian";
    return [`${group}/a.png`, `${group}/b.png`];
  }),
};

test("evaluateGroups() leaves groups without pairs out, and names the group of an error", () => {
  const got = evaluateGroups({ ...table, folds: issame.map((_, p) => Math.floor(p / 2) % 10) }, [
    "African",
    "Asian",
    "Indian",
  ]);
  assert.deepEqual(
    got.groups.map(({ group }) => group),
    ["Asian", "Indian"],
  );
  assert.deepEqual(got.empty, ["African"]);
  assert.throws(() => evaluateGroups(table, ["African"]), /expected pairs of one of African, got none/);
  const same = issame.map((value, p) => value || p % 2 === 1);
  assert.throws(
    () => evaluateGroups({ ...table, issame: same }, ["Asian", "Indian"]),
    /Group Indian: Cannot /,
  );
});

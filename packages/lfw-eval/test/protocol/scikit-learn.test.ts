import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { evaluate } from "../../src/mod.ts";
import { labels, randomDistances } from "../seeded.ts";

const PYTHON = "/usr/bin/python3";

const PROGRAM = `
import json, sys
import numpy as np
from sklearn.metrics import roc_auc_score, roc_curve
distances, issame = json.load(sys.stdin)
scores = -np.array(distances)
far, tar, _ = roc_curve(issame, scores, drop_intermediate=False)
print(json.dumps({
    "auc": roc_auc_score(issame, scores),
    "tar": [tar[far <= limit].max() for limit in (0.1, 0.01)],
    "dcf": min(0.01 * (1 - tar) + 0.99 * far) / 0.01,
}))
`;

const there = spawnSync(PYTHON, ["-c", "import sklearn"]).status === 0;

test("evaluate() agrees with scikit-learn on area, TAR at FARs and smallest cost, ties included", {
  skip: there ? false : `needs ${PYTHON} with sklearn`,
}, () => {
  const issame = labels(10, 100);
  // Two decimals, so that many distances of both classes are the same.
  const distances = randomDistances(issame, 0.4, 31).map((d) => Math.round(d * 100) / 100);
  const { exact, tarAtFar, minDcf } = evaluate(distances, issame);
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-c", PROGRAM], {
    input: JSON.stringify([[...distances], issame]),
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  const theirs = JSON.parse(stdout);
  assert.ok(Math.abs(exact.auc - theirs.auc) < 1e-12);
  assert.deepEqual([tarAtFar[0].tar, tarAtFar[1].tar], theirs.tar);
  assert.ok(Math.abs(minDcf.value - theirs.dcf) < 1e-12);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { auditFindings } from "../../src/audit/audit-findings.ts";

const split = (identity: string, photos: number, other: string, otherPhotos: number) => ({
  ...{ identity, photos, other, otherPhotos },
  likeness: 0.9,
});

test("auditFindings() keeps one name of a person, that of most photos, though not all pairs of the names were found", () => {
  const twoNames = [
    split("b", 6, "a", 5),
    split("c", 9, "b", 6),
    split("y", 4, "z", 4),
    split("e", 3, "d", 2),
    split("d", 2, "c", 9),
  ];
  const findings = auditFindings({
    unreadable: [],
    labels: { wrongLabels: [], twoPeople: [], twoNames, incoherent: [] },
    duplicates: [],
  });
  const { of } = findings.find(({ reason }) => reason === "second names of one person")!;
  assert.deepEqual([...of(() => false).identities!].sort(), ["a", "b", "d", "e", "z"]);
});

test("auditFindings() lists the spare ones of 50,000 copies of one photo in time that grows as they do", () => {
  const duplicates = Array.from({ length: 50_000 }, (_, i) => ({
    ...{ path: `a/${i}.png`, group: 0, of: "a/0.png", distance: 0 },
    ...{ exact: true, sameIdentity: true, keep: i === 0 },
  }));
  const labels = { wrongLabels: [], twoPeople: [], twoNames: [], incoherent: [] };
  const { of } = auditFindings({ unreadable: [], labels, duplicates }).at(-1)!;
  const start = performance.now();
  assert.equal(of(() => false).photos!.length, 49_999);
  // Copying the list for each of them took nine seconds.
  assert.ok(performance.now() - start < 2000);
});

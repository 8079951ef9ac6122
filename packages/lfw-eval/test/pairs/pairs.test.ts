import assert from "node:assert/strict";
import { test } from "node:test";
import { sharedData } from "../../../../test/shared-data.ts";
import { PairsError, parsePairs, readPairs } from "../../src/mod.ts";

const TWO_FOLDS = "2\t1\nAnn\t1\t2\nAnn\t1\tBob\t3\nBob\t1\t2\nCid\t4\tBob\t1\n";

function fails(text: string, message: string): void {
  assert.throws(
    () => parsePairs(text),
    (error) => error instanceof PairsError && error.message.startsWith(message),
  );
}

test("parsePairs() reads folds of same and different pairs", () => {
  const { folds, pairs } = parsePairs(TWO_FOLDS);
  assert.equal(folds, 2);
  assert.deepEqual(pairs, [
    { a: { name: "Ann", number: 1 }, b: { name: "Ann", number: 2 }, same: true, fold: 0 },
    { a: { name: "Ann", number: 1 }, b: { name: "Bob", number: 3 }, same: false, fold: 0 },
    { a: { name: "Bob", number: 1 }, b: { name: "Bob", number: 2 }, same: true, fold: 1 },
    { a: { name: "Cid", number: 4 }, b: { name: "Bob", number: 1 }, same: false, fold: 1 },
  ]);
});

test("parsePairs() takes Windows line ends, a byte order mark, spaces and empty lines", () => {
  const untidy = `\uFEFF${TWO_FOLDS.replaceAll("\n", "\r\n").replaceAll("\t", "  ")}\r\n  \r\n`;
  assert.deepEqual(parsePairs(untidy), parsePairs(TWO_FOLDS));
});

test("parsePairs() keeps spaces in names where columns are separated by tabs", () => {
  const { pairs } = parsePairs("1\nAnn Lee\t1\t2\nAnn Lee\t1\tBob Ray\t1\n");
  assert.deepEqual(pairs[1].b, { name: "Bob Ray", number: 1 });
});

test("parsePairs() takes a header of one number as one fold", () => {
  const { folds, pairs } = parsePairs("1\nAnn 1 2\nAnn 1 Bob 1\n");
  assert.equal(folds, 1);
  assert.deepEqual(
    pairs.map(({ fold }) => fold),
    [0, 0],
  );
});

test("parsePairs() names the line that is wrong", () => {
  fails("1\nAnn 1 2\nAnn 1\n", "Cannot read pairs.txt line 3: expected 3 or 4 columns, got 2");
  fails("1\n\nAnn 1 x\n", 'Cannot read pairs.txt line 3: expected a photo\'s number, from 1, got "x"');
  fails("1\nAnn 0 1\n", "Cannot read pairs.txt line 2: expected a photo's number");
  fails("1\n../Ann 1 2\n", "Cannot read pairs.txt line 2: expected a person's name");
  fails("Ann 1 2\n", "Cannot read pairs.txt line 1: expected the number of folds and of pairs");
  const junk = "\x1b]0;".repeat(1000);
  fails(
    junk,
    `Cannot read pairs.txt line 1: expected the number of folds and of pairs ("10 300"), got "\\u001b]0;`,
  );
  assert.throws(
    () => parsePairs(junk),
    (error: Error) => error.message.length < 300,
  );
  fails("", "Cannot read pairs.txt: expected pairs, got an empty file");
});

test("parsePairs() refuses rows that contradict the header", () => {
  fails(
    "1\nAnn 1 Bob 2\nAnn 1 2\n",
    "Cannot read pairs.txt line 2: expected a pair of one person, got a pair of two people",
  );
  fails("2 1\nAnn 1 2\nAnn 1 Bob 1\n", "Cannot read pairs.txt: expected 4 pairs");
  fails(`${TWO_FOLDS}Ann 1 2\n`, "Cannot read pairs.txt: expected 4 pairs");
});

test("readPairs() names the file that is missing", async () => {
  await assert.rejects(readPairs("no/such/pairs.txt"), (error: Error) => {
    return error instanceof PairsError && error.message.startsWith("Cannot read no/such/pairs.txt: ");
  });
});

test("readPairs() reads LFW's own file", {
  skip: sharedData("lfw", "pairs.txt") ? false : "needs ../shared/data/lfw/pairs.txt",
}, async () => {
  const { folds, pairs } = await readPairs(sharedData("lfw", "pairs.txt")!);
  assert.equal(folds, 5);
  assert.equal(pairs.length, 3000);
  assert.equal(pairs.filter(({ same, fold }) => same && fold === 4).length, 300);
});

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readIntegers } from "../../src/lists/read-integers.ts";

let path: string;
before(async () => {
  path = join(await mkdtemp(join(tmpdir(), "amface-integers-")), "list.csv");
});
after(() => rm(join(path, ".."), { recursive: true }));

async function read(text: string, header = false) {
  await writeFile(path, text);
  const columns = await readIntegers(path, ["template", "subject"], { header });
  return columns.map((column) => [...column]);
}

test("readIntegers() takes spaces around commas, quotes, and spaces at the end", async () => {
  const expected = [
    [1, 30],
    [2, 4],
  ];
  for (const text of [
    "1,2\n30,4\n",
    "1 , 2\r\n30\t, 4\r\n",
    '"1","2"\n"30" , "4"',
    "1 2\n30 4 \n  \n",
    "\ufeff1,2,9\n30,4,9\n\t\r\n",
  ])
    assert.deepEqual(await read(text), expected, JSON.stringify(text));
  assert.deepEqual(await read('"TEMPLATE_ID","SUBJECT_ID"\n1,2\n30,4', true), expected);
});

test("readIntegers() refuses a header of numbers, and rows of something else", async () => {
  for (const text of ["1,2\n30,4\n", '"1" , "2"\n'])
    await assert.rejects(read(text, true), /line 1: expected a header template, subject, got /);
  for (const text of ["1;2", "1", "1,", "1,,2", "1a 2", '"1,2', '1",2', '""1,2', "-1,2", "2147483648,1"])
    await assert.rejects(read(text), /line 1: expected whole numbers template, subject, got /, text);
  await assert.rejects(read("1,2\n \n3,4"), /line 3: expected the end after an empty line, got more rows/);
});

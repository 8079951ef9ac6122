import assert from "node:assert/strict";
import { test } from "node:test";
import { table } from "arquero";
import { markPoints } from "../src/mark-points.ts";
import { show } from "../src/show.ts";
import { renderTable } from "../src/table-html.ts";

function plain(width: number, height: number, value: number) {
  return { data: new Uint8Array(width * height * 3).fill(value), width, height };
}

test("markPoints() draws a dot at each point and leaves the image that it got as it is", async () => {
  const image = plain(40, 30, 0);
  const marked = await markPoints(image, [[10, 20]]);
  const green = (x: number, y: number) => marked.data[(y * 40 + x) * 3 + 1];
  assert.deepEqual([marked.width, marked.height, marked.data.length], [40, 30, 3600]);
  assert.ok(green(10, 20) > 200);
  assert.equal(green(20, 10), 0);
  assert.ok(image.data.every((value) => value === 0));
});

test("renderTable() escapes text, shortens numbers and takes what has objects()", () => {
  const rows = [
    { name: "<a&b>", value: 1 / 3 },
    { name: "b", value: 1e6, extra: null },
  ];
  const { html, text } = renderTable({ objects: () => rows });
  assert.match(html, /<td>&lt;a&amp;b&gt;<\/td><td style="text-align:right">0.333333<\/td><td><\/td>/);
  assert.equal(text.split("\n").length, 3);
  assert.match(text, /0\.333333/);
  assert.match(text, /1000000/);
});

test("renderTable() takes arquero's tables, and of long ones the first 100 rows", () => {
  const one = renderTable(table({ name: ["a"], value: [0.25] }));
  assert.equal(one.text, "name  value\n   a   0.25");
  const long = renderTable(table({ row: Array.from({ length: 1000 }, (_, i) => i) }));
  assert.equal(long.html.match(/<tr>/g)?.length, 101);
  assert.match(long.html, /<p>… 900 more rows<\/p>$/);
  assert.equal(long.text.split("\n").length, 102);
});

test("show() refuses what it cannot show and says where it works", async () => {
  await assert.rejects(
    show(5 as never),
    /Cannot show a value: expected a figure, images or a table, got number/,
  );
  await assert.rejects(show([{ a: 1 }]), /expected a cell of a notebook/);
});

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { OutputCollector } from "../src/cell-outputs.ts";
import { type CellOutput, readNotebook, sourceLines } from "../src/ipynb.ts";

test("OutputCollector joins a stream's pieces into its lines, wherever they are cut", () => {
  const pieces = ["a", "b\nc", "", "\n", "\nd\ne", "f\n", "g"];
  const outputs: CellOutput[] = [];
  const collector = new OutputCollector();
  for (const text of pieces) collector.add(outputs, { type: "stream", name: "stdout", text });
  collector.add(outputs, { type: "stream", name: "stderr", text: "h" });
  assert.deepEqual(outputs, [
    { output_type: "stream", name: "stdout", text: sourceLines(pieces.join("")) },
    { output_type: "stream", name: "stderr", text: ["h"] },
  ]);
});

test("OutputCollector takes 200,000 printed lines, each of which it only appends", {
  timeout: 20_000,
}, () => {
  const outputs: CellOutput[] = [];
  const collector = new OutputCollector();
  for (let i = 0; i < 200_000; i++)
    collector.add(outputs, { type: "stream", name: "stdout", text: `${i}\n` });
  const [{ text }] = outputs as { text: string[] }[];
  assert.deepEqual([text.length, text[199_999]], [200_000, "199999\n"]);
});

test("readNotebook() reads a notebook with a byte order mark", async () => {
  const dir = await mkdtemp(join(tmpdir(), "amface-ipynb-"));
  const path = join(dir, "marked.ipynb");
  await writeFile(path, '\uFEFF{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}');
  assert.deepEqual((await readNotebook(path)).cells, []);
  await rm(dir, { recursive: true });
});

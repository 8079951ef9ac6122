import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cell, cellSource, type Notebook } from "../src/ipynb.ts";
import { setParameters } from "../src/parameters.ts";

function notebook(source: string, tags = ["parameters"]): Notebook {
  const cell: Cell = { cell_type: "code", source, metadata: { tags }, outputs: [] };
  return { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 };
}
const set = (source: string, parameters: Parameters<typeof setParameters>[1]) =>
  cellSource(setParameters(notebook(source), parameters).cells[0]);

test("setParameters() replaces the value and keeps name, type and comment", () => {
  const source = 'const rate: number = 1_0.5; // per step\nlet dir = "a // b";\nconst on = true';
  assert.equal(
    set(source, { rate: 2, dir: 'c"\n', on: false }),
    'const rate: number = 2; // per step\nlet dir = "c\\"\\n";\nconst on = false',
  );
});

test("setParameters() reads strings as the type that the cell gives", () => {
  assert.equal(
    set('const n = -1;\nconst s = "x";\nconst b = false;', { n: "5e-2", s: "5", b: "true" }),
    ["const n = 0.05;", 'const s = "5";', "const b = true;"].join("\n"),
  );
});

test("setParameters() does not change the notebook that it got", () => {
  const original = notebook("const n = 1;");
  setParameters(original, { n: 2 });
  assert.equal(cellSource(original.cells[0]), "const n = 1;");
});

test("setParameters() refuses values of another type", () => {
  for (const value of ["five", "", true]) {
    assert.throws(() => set("const n = 1;", { n: value }), /Cannot set parameter n: expected a number, got/);
  }
  assert.throws(() => set("const b = true;", { b: "yes" }), /expected a boolean, got "yes"/);
  assert.throws(() => set('const s = "a";', { s: 1 }), TypeError);
  assert.throws(
    () => set("const o = [1];", { o: 1 }),
    /expected a number, a boolean or a double-quoted string/,
  );
});

test("setParameters() refuses unknown names and notebooks without a parameter cell", () => {
  assert.throws(() => set("const n = 1;", { m: 1 }), /expected one of n, got m/);
  assert.throws(() => setParameters(notebook("const n = 1;", []), { n: 1 }), /tagged "parameters", got none/);
});

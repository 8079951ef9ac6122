import { inspect } from "node:util";

/** A code cell as it was written and as tslab compiled it. */
export interface CompiledCell {
  readonly source: string;
  readonly compiled: string;
}

/** The name under which a cell's code appears in stack traces: `cell-3.ts`. */
export function cellFile(cell: number): string {
  return `cell-${cell}.ts`;
}

/**
 * The traceback of `error` in the notebook's own terms: frames in cells read `cell 3, line 2: code`, and
 * the frames of the runner below them are left out. Causes and properties of the error stay.
 */
export function cellTrace(error: unknown, cells: ReadonlyMap<number, CompiledCell>): string {
  const lines = inspect(error).split("\n");
  // Node puts the throwing statement of its own source above some errors, with an empty line below.
  if (/^\S+:\d+$/.test(lines[0])) lines.splice(0, lines.indexOf("") + 1);
  const last = lines.findLastIndex((line) => FRAME.test(line));
  if (last >= 0) {
    let end = last + 1;
    while (/^\s+at /.test(lines[end] ?? "")) end++;
    const rest = end > last + 1 && lines[end - 1].endsWith("{") ? ["  {"] : [];
    lines.splice(last + 1, end - last - 1, ...rest);
  }
  return lines.flatMap((line) => nameFrame(line, cells)).join("\n");
}

const FRAME = /\bcell-(\d+)\.ts:(\d+):\d+/;

/** The line with a frame of a cell named; nothing for the frame of the function that tslab wraps around it. */
function nameFrame(line: string, cells: ReadonlyMap<number, CompiledCell>): string[] {
  const [frame, number, row] = FRAME.exec(line) ?? [];
  if (frame === undefined) return [line];
  const cell = cells.get(Number(number));
  const code = cell?.compiled.split("\n")[Number(row) - 1]?.trim();
  if (!cell || !code) return [];
  const at = sourceLine(cell, code);
  const where = at ? `cell ${number}, line ${at.line}: ${at.text}` : `cell ${number}: ${code}`;
  return [line.replace(frame, where)];
}

/** The source line that a line of compiled code came from, where its text tells. */
function sourceLine(
  { source, compiled }: CompiledCell,
  code: string,
): { line: number; text: string } | undefined {
  const wanted = bare(withImportNames(code, compiled));
  let found: { line: number; text: string } | undefined;
  let longest = 2;
  for (const [index, text] of source.split("\n").entries()) {
    const part = bare(text);
    if (part.length <= longest || !wanted.startsWith(part)) continue;
    longest = part.length;
    found = { line: index + 1, text: text.trim() };
  }
  return found;
}

/** Undoes the compiler's names of imports: `strict_1.default.equal` was `assert.equal`. */
function withImportNames(code: string, compiled: string): string {
  let named = code;
  for (const [, name, value] of compiled.matchAll(/^exports\.(\w+) = (\w+_\d+\.default);$/gm)) {
    named = named.replaceAll(value, name);
  }
  return named.replace(/\(0, ([\w.]+)\)/g, "$1").replace(/\b\w+_\d+\.(?!default\b)/g, "");
}

/** Code without `exports.`, white space and semicolons, which the compiler adds and takes away. */
function bare(code: string): string {
  return code.replace(/\bexports\.(tsLastExpr = )?/g, "").replace(/[\s;]+/g, "");
}

import { type Cell, cellSource, type Notebook, sourceLines } from "./ipynb.ts";

/** A value for the parameter cell. A string is read as the type that the cell's own value has. */
export type ParameterValue = string | number | boolean;

/** `const steps = 50;` or `let dir: string = "runs"; // comment`: one parameter a line. */
const DECLARATION =
  /^(\s*(?:const|let)\s+([A-Za-z_$][\w$]*)\s*(?::[^=]+)?=\s*)("(?:[^"\\]|\\.)*"|[^;/]+?)(\s*;?\s*(?:\/\/.*)?)$/;

/**
 * Puts values into the notebook's parameter cell, the one tagged `parameters`. The cell has one
 * declaration a line, `const name = value;`, whose value is a number, a boolean or a string in double
 * quotes.
 *
 * @returns A copy of the notebook; the one given stays as it is.
 * @throws {RangeError} Where the notebook has no such cell or the cell has no such parameter.
 * @throws {TypeError} Where a value is not of the type that the cell gives the parameter.
 */
export function setParameters(
  notebook: Notebook,
  parameters: Readonly<Record<string, ParameterValue>>,
): Notebook {
  if (Object.keys(parameters).length === 0) return notebook;
  const index = notebook.cells.findIndex(isParameterCell);
  if (index < 0) {
    throw new RangeError(
      `Cannot set parameter ${Object.keys(parameters)[0]}: expected a code cell tagged "parameters", got none`,
    );
  }
  const lines = cellSource(notebook.cells[index]).split("\n");
  const declared = new Map<string, number>();
  for (const [line, text] of lines.entries()) {
    const name = DECLARATION.exec(text)?.[2];
    if (name !== undefined) declared.set(name, line);
  }
  for (const [name, value] of Object.entries(parameters)) {
    const line = declared.get(name);
    if (line === undefined) {
      throw new RangeError(
        `Cannot set parameter ${name}: expected one of ${[...declared.keys()].join(", ")}, got ${name}`,
      );
    }
    const [, before, , literal, after] = DECLARATION.exec(lines[line])!;
    lines[line] = before + asLiteral(name, literal, value) + after;
  }
  const cells = [...notebook.cells];
  cells[index] = { ...cells[index], source: sourceLines(lines.join("\n")) };
  return { ...notebook, cells };
}

function isParameterCell(cell: Cell): boolean {
  return cell.cell_type === "code" && (cell.metadata.tags ?? []).includes("parameters");
}

/** Writes `value` as code of the type that `literal`, the code it replaces, has. */
function asLiteral(name: string, literal: string, value: ParameterValue): string {
  const type = typeOfLiteral(literal);
  if (type === undefined) {
    throw new TypeError(
      `Cannot set parameter ${name}: expected a number, a boolean or a double-quoted string in the cell, ` +
        `got ${literal}`,
    );
  }
  const wanted = typeof value === "string" && type !== "string" ? parse(value, type) : value;
  if (typeof wanted !== type) {
    throw new TypeError(`Cannot set parameter ${name}: expected a ${type}, got ${JSON.stringify(value)}`);
  }
  return typeof wanted === "number" ? String(wanted) : JSON.stringify(wanted);
}

function typeOfLiteral(literal: string): "number" | "boolean" | "string" | undefined {
  if (literal === "true" || literal === "false") return "boolean";
  if (literal.startsWith('"')) return "string";
  return Number.isFinite(Number(literal.replaceAll("_", ""))) ? "number" : undefined;
}

function parse(text: string, type: "number" | "boolean"): number | boolean | undefined {
  if (type === "boolean") return text === "true" ? true : text === "false" ? false : undefined;
  const number = Number(text);
  return text.trim() !== "" && Number.isFinite(number) ? number : undefined;
}

import { readText } from "@amface/files";

/** One output of a code cell, in the form of nbformat 4. */
export type CellOutput =
  | { output_type: "stream"; name: "stdout" | "stderr"; text: string[] }
  | { output_type: "display_data"; data: Record<string, unknown>; metadata: Record<string, unknown> }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] };

/** A cell; `source` is one string or one string a line, both are allowed by nbformat. */
export interface Cell {
  cell_type: "code" | "markdown" | "raw";
  source: string | string[];
  metadata: { tags?: string[] } & Record<string, unknown>;
  outputs?: CellOutput[];
  execution_count?: number | null;
  id?: string;
}

/** A Jupyter notebook (nbformat 4). */
export interface Notebook {
  cells: Cell[];
  metadata: Record<string, unknown>;
  nbformat: number;
  nbformat_minor: number;
}

/** A file that is not a notebook that this package can run. */
export class NotebookFormatError extends Error {
  override name = "NotebookFormatError";
}

/**
 * Reads a `.ipynb` file.
 *
 * @throws {NotebookFormatError} Where the file is not JSON or not nbformat 4.
 */
export async function readNotebook(file: string): Promise<Notebook> {
  const text = await readText(file);
  let parsed: Partial<Notebook> | null;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new NotebookFormatError(`Cannot read notebook ${file}: expected JSON, got ${String(cause)}`, {
      cause,
    });
  }
  if (parsed?.nbformat !== 4 || !Array.isArray(parsed.cells)) {
    throw new NotebookFormatError(
      `Cannot read notebook ${file}: expected nbformat 4 with cells, got nbformat ${parsed?.nbformat}; ` +
        "save it again with a current Jupyter",
    );
  }
  return parsed as Notebook;
}

/** The text of a notebook file as Jupyter writes it: one space of indentation and a final newline. */
export function formatNotebook(notebook: Notebook): string {
  return `${JSON.stringify(notebook, null, 1)}\n`;
}

/** The code or prose of a cell as one string. */
export function cellSource(cell: Cell): string {
  return Array.isArray(cell.source) ? cell.source.join("") : cell.source;
}

/** Splits text into lines that keep their newline, the way nbformat stores it. */
export function sourceLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

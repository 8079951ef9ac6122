import { type CellOutput, sourceLines } from "./ipynb.ts";

/** What a running cell puts out, in the order in which it does. */
export type OutputEvent =
  | { type: "stream"; name: "stdout" | "stderr"; text: string }
  | {
      type: "display";
      data: Record<string, unknown>;
      metadata: Record<string, unknown>;
      id?: string;
      update: boolean;
    }
  | { type: "error"; ename: string; evalue: string; traceback: string };

/** Collects the outputs of a notebook's cells; a display that is updated changes where it was first shown. */
export class OutputCollector {
  readonly #displays = new Map<string, { data: unknown; metadata: unknown }>();

  /** Adds `event` to `outputs`, those of the cell that is running. */
  add(outputs: CellOutput[], event: OutputEvent): void {
    if (event.type === "stream") {
      const last = outputs.at(-1);
      if (last?.output_type === "stream" && last.name === event.name) {
        append(last.text, event.text);
      } else {
        outputs.push({ output_type: "stream", name: event.name, text: sourceLines(event.text) });
      }
    } else if (event.type === "error") {
      const { ename, evalue, traceback } = event;
      outputs.push({ output_type: "error", ename, evalue, traceback: traceback.split("\n") });
    } else {
      const { data, metadata, id, update } = event;
      const shown = update && id !== undefined ? this.#displays.get(id) : undefined;
      if (shown) {
        Object.assign(shown, { data, metadata });
        return;
      }
      const output: CellOutput = { output_type: "display_data", data, metadata };
      outputs.push(output);
      if (id !== undefined) this.#displays.set(id, output);
    }
  }
}

/** Adds text to lines that keep their newline, the last of which may still lack it. */
function append(lines: string[], text: string): void {
  const isOpen = lines.length > 0 && !lines[lines.length - 1].endsWith("\n");
  for (const [i, line] of sourceLines(text).entries()) {
    if (i === 0 && isOpen) lines[lines.length - 1] += line;
    else lines.push(line);
  }
}

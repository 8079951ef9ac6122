import { type FileHandle, open, readFile } from "node:fs/promises";
import { WriteError, writeFileAtomic } from "@amface/images";

/** One line of `metrics.jsonl`. */
export interface MetricsRecord {
  /** Steps done, counted from 1 over the whole run. */
  readonly step: number;
  readonly [name: string]: number;
}

/** A growing file of JSON lines, one a step. */
export class MetricsLog {
  readonly #path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Opens the file for appending, and drops what it holds of steps after `lastStep`: those that a resumed
   * run makes again, and a line that was cut off.
   */
  static async open(path: string, lastStep: number): Promise<MetricsLog> {
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    const kept = text.split("\n").filter((line) => stepOf(line) <= lastStep);
    await writeFileAtomic(path, kept.map((line) => `${line}\n`).join(""));
    return new MetricsLog(path, await open(path, "a"));
  }

  /** @throws {WriteError} When the disk is full. */
  async append(record: MetricsRecord): Promise<void> {
    await this.#file.appendFile(`${JSON.stringify(record)}\n`).catch((cause: Error) => {
      throw new WriteError(this.#path, cause);
    });
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** The step of a line, or infinity where the line is not a whole record. */
function stepOf(line: string): number {
  try {
    const { step } = JSON.parse(line) as MetricsRecord;
    return Number.isInteger(step) ? step : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

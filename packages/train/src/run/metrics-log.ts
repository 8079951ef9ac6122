import { type FileHandle, open, readFile } from "node:fs/promises";
import { WriteError, writeFileAtomic } from "@amface/files";
import { z } from "zod";
import type { StepRecord } from "../step/step-metrics.ts";

/** What a line of the file holds. */
export interface LoggedStep extends StepRecord {
  /** Which photos the step's batch held, as `batchDigest` gives it; absent in files of earlier versions. */
  readonly photos?: string | undefined;
}

const RECORD: z.ZodType<LoggedStep> = z.looseObject({
  step: z.int(),
  epoch: z.int(),
  pass: z.int(),
  batchInPass: z.int(),
  loss: z.number(),
  crossEntropy: z.number(),
  accuracy: z.number(),
  targetCosine: z.number(),
  teacherCosine: z.number().optional(),
  gradientNorm: z.number(),
  learningRate: z.number(),
  dataSeconds: z.number(),
  seconds: z.number(),
  imagesPerSecond: z.number(),
  photos: z.string().optional(),
});

/** A growing file of JSON lines, one a step. */
export class MetricsLog {
  readonly #path: string;
  readonly #file: FileHandle;
  /** The records that the file held when it was opened, of steps up to `lastStep`. */
  readonly earlier: readonly LoggedStep[];

  private constructor(path: string, file: FileHandle, earlier: readonly LoggedStep[]) {
    this.#path = path;
    this.#file = file;
    this.earlier = earlier;
  }

  /**
   * Opens the file for appending, and drops what it holds of steps after `lastStep`: those that a resumed
   * run makes again, and a line that was cut off.
   */
  static async open(path: string, lastStep: number): Promise<MetricsLog> {
    const kept = (await readMetrics(path)).filter(({ step }) => step <= lastStep);
    await writeFileAtomic(path, kept.map((record) => `${JSON.stringify(record)}\n`).join(""));
    const file = await open(path, "a").catch((cause: Error) => {
      throw new WriteError(path, cause);
    });
    return new MetricsLog(path, file, kept);
  }

  /** @throws {WriteError} When the disk is full. */
  async append(record: LoggedStep): Promise<void> {
    await this.#file.appendFile(`${JSON.stringify(record)}\n`).catch((cause: Error) => {
      throw new WriteError(this.#path, cause);
    });
  }

  /**
   * Brings what was appended to the disk, so that no checkpoint is ahead of it after a power cut.
   *
   * @throws {WriteError} When the disk is full.
   */
  async sync(): Promise<void> {
    await this.#file.sync().catch((cause: Error) => {
      throw new WriteError(this.#path, cause);
    });
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** The records of a file of metrics, without a line that was cut off; none where there is no file. */
export async function readMetrics(path: string): Promise<LoggedStep[]> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return text.split("\n").flatMap((line) => recordOf(line) ?? []);
}

/** The record of a line, or `undefined` where the line is not a whole record. */
function recordOf(line: string): LoggedStep | undefined {
  try {
    return RECORD.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

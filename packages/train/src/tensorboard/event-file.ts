import { type FileHandle, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { tfrecordFrame } from "@amface/data";
import { makeFolder, WriteError } from "@amface/files";
import { type EventContent, encodeEvent, type SummaryValue } from "./encode-event.ts";

const NAME = /^events\.out\.tfevents\.(\d{10})\.amface\.(\d+)$/;

/**
 * A growing file of TensorBoard events: TFRecords of `tensorflow.Event`. TensorBoard reads all such files of a folder
 * in the order of their names.
 *
 * ```ts
 * const events = await EventFile.open("runs/a");
 * await events.write(1, [{ tag: "loss", scalar: 17.4 }]);
 * await events.close();
 * ```
 */
export class EventFile {
  readonly path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /**
   * Begins a file behind those that the folder has.
   *
   * @param lastStep The last step whose events still count (default 0). A file begins with the mark by
   *   which TensorBoard forgets what earlier files hold of later steps, so that no step of a resumed run comes twice.
   * @throws {WriteError} When the folder cannot be written to.
   */
  static async open(folder: string, lastStep = 0): Promise<EventFile> {
    await makeFolder(folder);
    const earlier = (await readdir(folder)).flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number);
    // Names sort by seconds and then by count, whatever the clock does.
    const seconds = String(Math.max(Math.floor(Date.now() / 1000), ...earlier)).padStart(10, "0");
    const path = join(
      folder,
      `events.out.tfevents.${seconds}.amface.${String(earlier.length).padStart(4, "0")}`,
    );
    const file = await open(path, "wx").catch((cause: Error) => {
      throw new WriteError(path, cause);
    });
    const events = new EventFile(path, file);
    await events.#append(0, { fileVersion: "brain.Event:2" });
    // In the first file as well: TensorBoard takes a folder's first mark for its beginning, and only later ones for a restart.
    await events.#append(lastStep + 1, { session: "start" });
    return events;
  }

  /** @throws {WriteError} When the disk is full. */
  async write(step: number, values: readonly SummaryValue[]): Promise<void> {
    if (values.length > 0) await this.#append(step, { summary: values });
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #append(step: number, content: EventContent): Promise<void> {
    const data = encodeEvent({ wallTime: Date.now() / 1000, step, content });
    const { header, footer } = tfrecordFrame(data);
    // One write: a process that is killed leaves whole records and at most one that is cut off, which readers pass over.
    await this.#file.appendFile(Buffer.concat([header, data, footer])).catch((cause: Error) => {
      throw new WriteError(this.path, cause);
    });
  }
}

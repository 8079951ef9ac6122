import { dirname } from "node:path";
import { FileLock, LockedError } from "@amface/files";

/** A run's folder that another process trains in. */
export class RunLockedError extends Error {
  override readonly name = "RunLockedError";
}

/** The right to write in a run's folder; readers need none. */
export class RunLock {
  readonly #path: string;
  readonly #lock: FileLock;

  private constructor(path: string, lock: FileLock) {
    this.#path = path;
    this.#lock = lock;
  }

  /**
   * @param path The lock's file, in a folder that is there.
   * @throws {RunLockedError} When another process holds it.
   * @throws {WriteError} When the folder is not writable.
   */
  static async acquire(path: string): Promise<RunLock> {
    try {
      return new RunLock(path, await FileLock.acquire(path));
    } catch (cause) {
      if (!(cause instanceof LockedError)) throw cause;
      const { holder, mend, isHere } = cause;
      throw new RunLockedError(
        `Cannot train in ${dirname(path)}: expected a run that nobody is training, but ${holder} is; ` +
          `${mend}${isHere ? ", or choose another folder" : ""}`,
        { cause },
      );
    }
  }

  /** @throws {RunLockedError} When another process has taken the lock, as after a long sleep of this one. */
  async check(): Promise<void> {
    const lost = await this.#lock.lost();
    if (lost === undefined) return;
    throw new RunLockedError(
      `Cannot go on in ${dirname(this.#path)}: expected to hold the run alone, but ${lost}; ` +
        "what this process did since its last checkpoint is not kept",
    );
  }

  async release(): Promise<void> {
    await this.#lock.release();
  }
}

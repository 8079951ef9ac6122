import { randomUUID } from "node:crypto";
import { link, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, type ProcessIdentity, thisProcess } from "./process-identity.ts";
import { WriteError } from "./write-error.ts";

/** What the lock's file says of its holder. */
interface Holder extends ProcessIdentity {
  /** ISO 8601. */
  readonly since: string;
  readonly token: string;
}

/** A lock that another process holds. */
export class LockedError extends Error {
  override readonly name = "LockedError";
  /** Who holds it, as part of a sentence. */
  readonly holder: string;
  /** Whether that is a process of this machine. */
  readonly isHere: boolean;
  /** What to do about it. */
  readonly mend: string;

  constructor(path: string, holder: string, isHere: boolean, mend: string) {
    super(`Cannot take the lock ${path}: expected it to be free, but ${holder} holds it; ${mend}`);
    this.holder = holder;
    this.isHere = isHere;
    this.mend = mend;
  }
}

const SIGN_OF_LIFE = 10_000; // milliseconds
/** A holder on another machine that gave no sign for so long counts as killed. Computing blocks the timer that gives it. */
const SILENCE = 120_000;

/**
 * The right to change something on a disk, shared with other machines or not; readers need none. A lock that a killed process
 * left does not hold: on the same machine its process number and start tell, from elsewhere the file's age does.
 */
export class FileLock {
  readonly #path: string;
  readonly #text: string;
  readonly #timer: NodeJS.Timeout;

  private constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
    this.#timer = setInterval(() => void this.#giveSign(), SIGN_OF_LIFE);
    this.#timer.unref();
  }

  /**
   * @param path The lock's file, in a folder that is there.
   * @throws {LockedError} When another process holds it.
   * @throws {WriteError} When the folder is not writable.
   */
  static async acquire(path: string): Promise<FileLock> {
    const holder: Holder = { ...thisProcess(), since: new Date().toISOString(), token: randomUUID() };
    const text = `${JSON.stringify(holder)}\n`;
    const own = `${path}.${holder.token}.tmp`;
    try {
      await writeFile(own, text);
      while (!(await linkNew(own, path))) await removeStale(path, own);
    } catch (cause) {
      if (cause instanceof LockedError) throw cause;
      throw new WriteError(path, cause);
    } finally {
      await rm(own, { force: true }).catch(() => {});
    }
    const lock = new FileLock(path, text);
    if (await lock.lost()) throw new LockedError(path, "another process", false, "try again");
    await removeOldTries(path);
    return lock;
  }

  /** Nothing while the lock is held; else what became of it, as after a long sleep of this process. */
  async lost(): Promise<string | undefined> {
    const text = await readLock(this.#path);
    if (text === this.#text) return undefined;
    clearInterval(this.#timer);
    return text === undefined ? "its lock was removed" : `${describe(parse(text))} has taken it over`;
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    const text = await readLock(this.#path).catch(() => undefined);
    if (text === this.#text) await rm(this.#path, { force: true }).catch(() => {}); // a stale lock does not hold
  }

  async #giveSign(): Promise<void> {
    const now = new Date();
    await utimes(this.#path, now, now).catch(() => {});
  }
}

/** Gives a whole file a second name, unless the name is taken; where there are no links, by an exclusive write. */
async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(code ?? "")) throw error;
  }
  try {
    await writeFile(to, await readFile(from), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * Removes a lock whose holder is gone.
 *
 * @param own A file of this process in the same folder, by whose time the lock's age is measured: clocks of two
 *   machines differ.
 * @throws {LockedError} When the holder is not gone.
 */
async function removeStale(path: string, own: string): Promise<void> {
  const text = await readLock(path);
  if (text === undefined) return;
  const holder = parse(text);
  const silence = (await stat(own)).mtimeMs - (await stat(path).catch(() => ({ mtimeMs: 0 }))).mtimeMs;
  const here = holder?.machine === thisProcess().machine;
  if (here && holder ? isAlive(holder) : silence < SILENCE) {
    const mend = here
      ? "wait for it or stop it"
      : `its last sign of life is ${Math.max(0, Math.round(silence / 1000))} s old: if it was killed, try again ` +
        `when that is ${SILENCE / 1000} s`;
    throw new LockedError(path, describe(holder), here, mend);
  }
  // Several processes may find the same stale lock: whose turn it is looks again, so that nobody's new one goes.
  const turn = `${path}.turn.tmp`;
  if (await linkNew(own, turn)) {
    if ((await readLock(path)) === text) await rm(path, { force: true });
    await rm(turn, { force: true });
    return;
  }
  const { mtimeMs } = await stat(turn).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
  if (Date.now() - mtimeMs > SILENCE) await rm(turn, { force: true }); // killed in its turn
  await sleep(10);
}

/** Removes what processes left that were killed while they tried; a try takes no two minutes. */
async function removeOldTries(path: string): Promise<void> {
  const folder = dirname(path);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(basename(path)) || !name.endsWith(".tmp")) continue;
    const info = await stat(join(folder, name)).catch(() => undefined);
    if (info && Date.now() - info.mtimeMs > SILENCE) await rm(join(folder, name), { force: true });
  }
}

async function readLock(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

function parse(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined; // cut off, where there are no links and a process was killed while it wrote
  }
}

const describe = (holder: Holder | undefined) =>
  holder ? `process ${holder.pid} on ${holder.host}, since ${holder.since},` : "an unknown process";

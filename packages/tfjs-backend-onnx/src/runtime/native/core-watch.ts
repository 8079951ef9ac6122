import { cpus } from "node:os";

/** Times in milliseconds, of all cores and since some moment in the past. */
export interface CoreTimes {
  /** Since when the others count. */
  readonly now: number;
  /** In which cores were busy, whatever with. */
  readonly busy: number;
  /** In which this process kept cores busy. */
  readonly own: number;
}

/** Tells how busy other processes keep the cores. */
export class CoreWatch {
  #last: CoreTimes;
  readonly #read: () => CoreTimes;

  /** @param since From when on it watches: by default from when this module was loaded, so that it can tell at once. */
  constructor(read: () => CoreTimes = coreTimes, since: CoreTimes = LOADED) {
    this.#read = read;
    this.#last = since;
  }

  /** How many cores other processes kept busy, on average since this was last asked; undefined within a tenth of a second. */
  busyElsewhere(): number | undefined {
    const times = this.#read();
    const { now, busy, own } = this.#last;
    const passed = times.now - now;
    if (passed < 100) return undefined;
    this.#last = times;
    return Math.max(0, (times.busy - busy - (times.own - own)) / passed);
  }
}

function coreTimes(): CoreTimes {
  const { user, system } = process.cpuUsage();
  const busy = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return { now: performance.now(), busy, own: (user + system) / 1000 };
}

const LOADED = coreTimes();

/** A long task's progress. */
export interface ProgressBar {
  /** @param done Units finished so far. @param note A few words behind the bar, such as the loss. */
  update(done: number, note?: string): void;
  end(): void;
}

export interface ReporterOptions {
  readonly quiet: boolean;
  readonly stream: NodeJS.WriteStream;
}

const BAR_WIDTH = 24;
/** A bar that there is less room for is left out. */
const SHORTEST_BAR = 6;
/** Nothing is drawn for work that is over sooner than this. */
const PATIENCE_MS = 2000;
/** How often a terminal's bar, and a log's line, are renewed. */
const BAR_EVERY_MS = 100;
const LINE_EVERY_MS = 5000;

/** Messages and progress on standard error: a bar on a terminal, plain lines elsewhere, nothing when quiet. */
export class Reporter {
  readonly #options: ReporterOptions;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** Whether only warnings and errors are printed. */
  get quiet(): boolean {
    return this.#options.quiet;
  }

  /** The same, but for warnings quiet. */
  quietly(): Reporter {
    return new Reporter({ ...this.#options, quiet: true });
  }

  /** Prints a line. */
  say(message: string): void {
    if (!this.#options.quiet) this.warn(message);
  }

  /** Prints a line that `--quiet` does not silence. */
  warn(message: string): void {
    const { stream } = this.#options;
    stream.write(`${clearedLine(stream)}${message}\n`);
  }

  /** @param from Units that were done before, of which rate and time left know nothing. */
  progress(title: string, total: number, unit: string, from = 0): ProgressBar {
    const { quiet, stream } = this.#options;
    const start = performance.now();
    const every = stream.isTTY ? BAR_EVERY_MS : LINE_EVERY_MS;
    let shown = start + PATIENCE_MS - every;
    let drawn = false;
    const draw = (done: number, note: string) => {
      const seconds = (performance.now() - start) / 1000;
      const width = stream.isTTY ? (stream.columns ?? 120) - 1 : undefined;
      const line = progressLine({ title, done, from, total, unit, seconds, note, width });
      stream.write(stream.isTTY ? `${clearedLine(stream)}${line}` : `${line}\n`);
      drawn = true;
    };
    let last: [number, string] = [from, ""];
    return {
      update(done, note = "") {
        last = [done, note];
        const now = performance.now();
        if (quiet || now - shown < every) return;
        shown = now;
        draw(done, note);
      },
      end() {
        if (quiet || !drawn) return;
        draw(...last);
        if (stream.isTTY) stream.write("\n");
      },
    };
  }
}

/** What wipes a terminal's line, where a bar may stand. */
export function clearedLine(stream: NodeJS.WriteStream): string {
  return stream.isTTY ? "\r\u001b[2K" : "";
}

interface ProgressState {
  readonly title: string;
  readonly done: number;
  /** Units done before the seconds began. */
  readonly from: number;
  readonly total: number;
  readonly unit: string;
  readonly seconds: number;
  readonly note: string;
  /** Characters that there is room for: the bar becomes shorter first, then the end is cut off. */
  readonly width?: number | undefined;
}

/** `align  [######------]  50 %  120/240 photos  61.0 photos/s  0:02 left  …` */
export function progressLine(state: ProgressState): string {
  const { title, done, from, total, unit, seconds, note, width = Number.POSITIVE_INFINITY } = state;
  const share = total > 0 ? Math.min(1, done / total) : 1;
  const rate = seconds > 0 ? (done - from) / seconds : 0;
  const left = rate > 0 ? `${clock((total - done) / rate)} left` : "";
  const counts = [
    `${Math.floor(share * 100)} %`,
    `${done}/${total} ${unit}`,
    `${rate.toFixed(1)}/s`,
    left,
    note,
  ];
  const text = counts.filter((part) => part !== "").join("  ");
  const room = Math.min(BAR_WIDTH, width - title.length - text.length - 6);
  if (room < SHORTEST_BAR) return `${title}  ${text}`.slice(0, width);
  const filled = Math.round(share * room);
  return `${title}  [${"#".repeat(filled)}${"-".repeat(room - filled)}]  ${text}`;
}

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  const rest = String(whole % 60).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

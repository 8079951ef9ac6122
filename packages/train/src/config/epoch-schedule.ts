/** From `epoch` on, train with `rate`; `undefined` ends the training. */
export interface SchedulePoint {
  readonly epoch: number;
  readonly rate: number | undefined;
}

/**
 * Reads a schedule: `epoch: rate` pairs, one a line or separated by commas, epochs counted from 0 and
 * rising. `#` starts a comment. A rate of -1 or `-` ends the training at that epoch.
 *
 * ```
 * 0: 0.1     # from the first epoch
 * 16: 0.01
 * 24: -1     # after 24 epochs, stop
 * ```
 *
 * @param source What the text is, for error messages.
 * @throws {RangeError} For a line in another form, an epoch out of order, or a first epoch other than 0.
 */
export function parseSchedule(text: string, source = "the schedule"): SchedulePoint[] {
  const points: SchedulePoint[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const fail = (expected: string, got: string): never => {
      throw new RangeError(`Cannot read ${source} line ${index + 1}: expected ${expected}, got ${got}`);
    };
    for (const pair of line.replace(/#.*/, "").split(",")) {
      if (pair.trim() === "") continue;
      const match = /^\s*(\d+)\s*:\s*(-1?|[\d.]+(?:e[+-]?\d+)?)\s*$/i.exec(pair);
      if (match === null) return fail("epoch: rate", JSON.stringify(pair.trim()));
      const epoch = Number(match[1]);
      const rate = match[2].startsWith("-") ? undefined : Number(match[2]);
      if (rate !== undefined && !(rate > 0)) fail("a rate above 0, or -1 to stop", match[2]);
      const last = points.at(-1);
      if (last === undefined && epoch !== 0) fail("the first epoch to be 0", `${epoch}`);
      if (last !== undefined && epoch <= last.epoch) fail(`an epoch after ${last.epoch}`, `${epoch}`);
      points.push({ epoch, rate });
    }
  }
  if (points.length === 0)
    throw new RangeError(`Cannot read ${source}: expected epoch: rate pairs, got none`);
  return points;
}

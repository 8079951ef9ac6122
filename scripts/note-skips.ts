import { appendFileSync } from "node:fs";

const file = process.env.AMFACE_SKIP_REASONS;

/**
 * A function of `node:test` that takes tests, with a longer time limit, and with the reasons of skipped tests written to
 * the file that `AMFACE_SKIP_REASONS` names: neither Bun nor Deno prints them.
 */
export function noting<F extends (...args: never[]) => unknown>(run: F, timeout?: number): F {
  const wrapped = (...args: unknown[]) => {
    const at = args.findIndex((arg) => typeof arg === "object");
    const options: { timeout?: number; skip?: unknown } = {
      ...(timeout === undefined ? {} : { timeout }),
      ...(args[at] as object | undefined),
    };
    if (at >= 0) args[at] = options;
    else args.splice(-1, 0, options);
    if (file && typeof options.skip === "string") appendFileSync(file, `${args[0]}: ${options.skip}\n`);
    return run(...(args as never[]));
  };
  return Object.assign(wrapped, run) as unknown as F;
}

import { createHash } from "node:crypto";
import { Random } from "@amface/data";
import { z } from "zod";
import { configOptions } from "../config/config-options.ts";
import { overlayConfig } from "../config/overlay-config.ts";
import { PRESET_NAMES, PRESETS, type PresetName } from "../config/presets/presets.ts";
import { CONFIG_KEYS, ConfigError, resolveConfig } from "../config/resolve-config.ts";
import type { TrainConfigInput } from "../config/train-config.ts";

/** One training of a sweep. */
export interface SweepRun {
  /** The name of its folder: what it varies, and a checksum of its config, so that the same config has the same folder. */
  readonly name: string;
  /** The options that the sweep varies. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly config: TrainConfigInput;
}

/** How poor runs are ended early: by successive halving (arXiv:1502.07943). */
export interface Halving {
  /** One of so many goes on after a rung. */
  readonly eta: number;
  /** Epochs to the first rung; each later one is `eta` times as far. */
  readonly epochs: number;
}

export interface SweepPlan {
  readonly runs: readonly SweepRun[];
  readonly halving?: Halving | undefined;
}

const count = () => z.number().int().positive();
const range = z
  .strictObject({
    from: z.number(),
    to: z.number(),
    scale: z.enum(["linear", "log"]).default("linear"),
  })
  .refine(({ from, to, scale }) => from < to && (scale === "linear" || from > 0), {
    error: "expected from to be below to, and above 0 with scale log",
  });

const sweepSchema = z.strictObject({
  preset: z.enum(PRESET_NAMES as [PresetName, ...PresetName[]]).optional(),
  config: z.record(z.string(), z.unknown()).default({}),
  vary: z
    .partialRecord(
      z.enum(CONFIG_KEYS as [string, ...string[]]),
      z.union([z.array(z.unknown()).min(1), range]),
    )
    .refine((vary) => Object.keys(vary).length > 0, { error: "expected one option or more" }),
  runs: count().optional(),
  seed: z.number().int().default(0),
  halving: z.strictObject({ eta: count().min(2).default(3), epochs: count() }).optional(),
});

type Sweep = z.infer<typeof sweepSchema>;
type Range = z.infer<typeof range>;

/** Draws of a random search that are no other than an earlier one, before the search counts as exhausted. */
const REPEATED = 1000;

/**
 * The runs of a sweep, each once: of `{preset, config, vary}` a grid, every value of each option in `vary` with every one of the others; with
 * `runs`, so many draws by `seed`, from lists and from ranges `{from, to, scale}`. `halving: {eta, epochs}` ends poor runs early.
 *
 * @param input An object, as `readConfigFile` gives it.
 * @throws {ConfigError} For one that is not of this form, and for runs whose config cannot be used.
 */
export function planSweep(input: unknown): SweepPlan {
  const parsed = sweepSchema.safeParse(input);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.join(".") || "sweep"}: ${message}`,
    );
    throw new ConfigError(`Cannot use the sweep: ${problems.join("; ")}`);
  }
  const sweep = parsed.data;
  const base = overlayConfig(sweep.preset ? { ...PRESETS[sweep.preset].config } : {}, sweep.config);
  const planned = (sweep.runs === undefined ? grid(sweep) : draws(sweep, sweep.runs)).map((options) =>
    sweepRun(overlayConfig(base, options), options),
  );
  // A value may be there twice, as 0.01 and 1e-2.
  const runs = [...new Map(planned.map((run) => [run.name, run])).values()];
  const { halving } = sweep;
  for (const { name, config } of halving ? runs : []) {
    const { validationIdentities, evaluationEpochs } = resolveConfig(config);
    const refuse = (expected: string, got: string): never => {
      throw new ConfigError(`Cannot halve the sweep: expected ${expected}, got ${got} in ${name}`);
    };
    if (validationIdentities === 0) refuse("validationIdentities, whose score decides", "none");
    if (halving!.epochs % evaluationEpochs !== 0)
      refuse(`evaluationEpochs that divide the ${halving!.epochs} epochs to a rung`, `${evaluationEpochs}`);
  }
  return { runs, halving };
}

/** All values with all others, the last option's changing fastest. */
function grid({ vary }: Sweep): Record<string, unknown>[] {
  return Object.entries(vary).reduce<Record<string, unknown>[]>(
    (rows, [key, values]) => {
      if (Array.isArray(values))
        return rows.flatMap((row) => values.map((value) => ({ ...row, [key]: value })));
      throw new ConfigError(
        `Cannot use the sweep: expected a list of values of ${key}, got a range; give runs to draw from it`,
      );
    },
    [{}],
  );
}

/** So many different draws. A draw depends on the seed and those before it alone: more of them begin with the same ones. */
function draws({ vary, seed }: Sweep, runs: number): Record<string, unknown>[] {
  const integers = Object.values(configOptions())
    .flat()
    .filter(({ range }) => range.type === "integer");
  const isInteger = (key: string) => integers.some((option) => option.key === key);
  const found = new Map<string, Record<string, unknown>>();
  for (let i = 0, repeated = 0; found.size < runs; i++) {
    const drawn = Object.entries(vary).map(([key, values]) => {
      const random = new Random("sweep", seed, i, key);
      if (Array.isArray(values)) return [key, random.pick(values)] as const;
      const value = inRange(values!, random.next());
      return [key, isInteger(key) ? whole(value, key, values!) : value] as const;
    });
    const text = JSON.stringify(drawn);
    if (found.has(text) && ++repeated > REPEATED) {
      throw new ConfigError(
        `Cannot use the sweep: expected ${runs} different draws, got ${found.size}; lower runs`,
      );
    }
    if (!found.has(text)) found.set(text, Object.fromEntries(drawn));
  }
  return [...found.values()];
}

/** Four digits of the value, or of the range's width where that needs more: a person can read them and write them again. */
function inRange({ from, to, scale }: Range, share: number): number {
  const value = scale === "log" ? from * (to / from) ** share : from + (to - from) * share;
  const order = (x: number) => Math.floor(Math.log10(Math.abs(x)));
  const more = Math.max(0, order(value) - order(to - from));
  return Math.min(to, Math.max(from, Number(value.toPrecision(Math.min(17, 4 + more)))));
}

/** The whole number next to a draw, in its range. */
function whole(value: number, key: string, { from, to }: Range): number {
  const [lowest, highest] = [Math.ceil(from), Math.floor(to)];
  if (lowest <= highest) return Math.min(highest, Math.max(lowest, Math.round(value)));
  throw new ConfigError(
    `Cannot use the sweep: expected a whole number in the range of ${key}, got ${from} to ${to}`,
  );
}

/** Characters of a name without its checksum. */
const LONGEST = 80;

function sweepRun(config: Record<string, unknown>, options: Record<string, unknown>): SweepRun {
  const text = Object.entries(options)
    .map(([key, value]) => `${key}-${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("-");
  const shown = text.replaceAll(/[^\w.-]+/g, "-").slice(0, LONGEST);
  const sha = createHash("sha256").update(JSON.stringify(config)).digest("hex").slice(0, 6);
  const name = `${shown}-${sha}`;
  try {
    resolveConfig(config);
  } catch (cause) {
    throw new ConfigError(`Cannot use the sweep's run ${text}: ${(cause as Error).message}`, { cause });
  }
  return { name, options, config: config as unknown as TrainConfigInput };
}

import { NET_NAMES, type NetName } from "@amface/nets";
import { distance } from "fastest-levenshtein";
import { z } from "zod";
import { parseSchedule } from "./schedule.ts";

/** Everything that decides what a run computes. `resolveConfig` fills in the defaults and checks it. */
export interface TrainConfig {
  /** Folder of identities, `dataDir/identity/photo.jpg`, the photos aligned; or of shards. */
  readonly dataDir: string;
  /** A list of photos and identities to leave out, as `writeExclusions` of `@amface/data` writes it. */
  readonly excludeFile?: string | undefined;
  /** Name of the net. */
  readonly net: NetName;
  /** Size of the embedding; the net's own where absent. */
  readonly embeddingSize?: number | undefined;
  /** Height and width of the net's input, in pixels. */
  readonly imageSize: readonly [number, number];
  /** Batch normalisation in the net, or biases. */
  readonly batchNorm: boolean;
  /** Share of the features that dropout keeps, in (0, 1]. */
  readonly keepProbability: number;
  /** Epochs to train. */
  readonly maxNrofEpochs: number;
  /** Photos a step. */
  readonly batchSize: number;
  /** Batches an epoch; one pass over the photos where absent. */
  readonly epochSize?: number | undefined;
  /** Mirror a photo at random, with probability one half. */
  readonly randomFlip: boolean;
  /** The angular margin m of AM-Softmax. */
  readonly margin: number;
  /** The scale s of AM-Softmax. */
  readonly scale: number;
  /** Factor of the L2 penalty on kernels and head: `weightDecay / 2 · Σ‖w‖²`. */
  readonly weightDecay: number;
  /** Momentum of stochastic gradient descent, in [0, 1). */
  readonly momentum: number;
  /** Learning rate at first; `learningRateSchedule`, where given, replaces it. */
  readonly learningRate: number;
  /** Epochs after which the learning rate is multiplied by `learningRateDecayFactor`, again and again. */
  readonly learningRateDecayEpochs: number;
  readonly learningRateDecayFactor: number;
  /** `epoch: rate` pairs, one a line or separated by commas; see `parseSchedule`. */
  readonly learningRateSchedule?: string | undefined;
  /** Pass over damaged records of shards; unreadable photos of folders are always passed over. */
  readonly skipCorrupt: boolean;
  /** Seed of weights, order, flips and dropout. */
  readonly seed: number;
  /** Epochs between two checkpoints. */
  readonly checkpointEpochs: number;
  /** How many checkpoints stay on disk. */
  readonly checkpointsKept: number;
  /** Steps between two checkpoints, besides those at the ends of epochs; none where absent. */
  readonly checkpointSteps?: number | undefined;
}

/** A config as a user writes it: only `dataDir` has no default. */
export type TrainConfigInput = Partial<TrainConfig> & Pick<TrainConfig, "dataDir">;

/** A config that cannot be used; the message lists everything that is wrong with it. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const count = () => z.int().positive();

const schema = z.strictObject({
  dataDir: z.string().min(1),
  excludeFile: z.string().min(1).optional(),
  net: z.enum([...NET_NAMES] as [NetName, ...NetName[]]).default("resface20"),
  embeddingSize: count().optional(),
  imageSize: z.tuple([count(), count()]).default([112, 96]),
  batchNorm: z.boolean().default(true),
  keepProbability: z.number().positive().max(1).default(1),
  maxNrofEpochs: count().default(20),
  batchSize: count().default(64),
  epochSize: count().optional(),
  randomFlip: z.boolean().default(true),
  margin: z.number().nonnegative().default(0.35),
  scale: z.number().positive().default(30),
  weightDecay: z.number().nonnegative().default(5e-4),
  momentum: z.number().nonnegative().lt(1).default(0.9),
  learningRate: z.number().positive().default(0.1),
  learningRateDecayEpochs: count().default(100),
  learningRateDecayFactor: z.number().positive().max(1).default(1),
  learningRateSchedule: z.string().optional(),
  skipCorrupt: z.boolean().default(false),
  seed: z.int().default(0),
  checkpointEpochs: count().default(1),
  checkpointsKept: count().default(3),
  checkpointSteps: count().optional(),
});

/** Names of all options, in the order in which they are documented. */
export const CONFIG_KEYS = Object.keys(schema.shape) as readonly (keyof TrainConfig)[];

/**
 * Fills in the defaults and checks every value.
 *
 * @param input An object in the form of `TrainConfigInput`, from flags, a file or a notebook.
 * @throws {ConfigError} For unknown keys (with the nearest known name) and values out of range.
 */
export function resolveConfig(input: unknown): TrainConfig {
  const parsed = schema.safeParse(input);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map(unknownKey)
        : [
            `${issue.path.join(".") || "config"}: ${expectation(issue.message)}, got ${show(input, issue.path)}`,
          ],
    );
    throw new ConfigError(`Cannot use the training config: ${problems.join("; ")}`);
  }
  const config: TrainConfig = parsed.data;
  if (config.learningRateSchedule !== undefined) checkSchedule(config.learningRateSchedule);
  return config;
}

/** What zod says was expected, without its verdict before it and the type that it got behind it. */
function expectation(message: string): string {
  return message.slice(Math.max(0, message.indexOf("expected"))).replace(/, received .*/, "");
}

/** The value at a path, as JSON would have it. */
function show(input: unknown, path: readonly PropertyKey[]): string {
  const value = path.reduce((at: unknown, key) => (at as Record<PropertyKey, unknown>)?.[key], input);
  return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
}

function unknownKey(key: string): string {
  return `there is no option ${key}; the nearest is ${nearestOption(key)}`;
}

/** The option with the smallest share of letters to change, case aside. */
function nearestOption(key: string): string {
  const change = (option: string) =>
    distance(key.toLowerCase(), option.toLowerCase()) / Math.max(key.length, option.length);
  return CONFIG_KEYS.toSorted((a, b) => change(a) - change(b))[0];
}

function checkSchedule(text: string): void {
  try {
    parseSchedule(text, "learningRateSchedule");
  } catch (error) {
    throw new ConfigError(`Cannot use the training config: ${(error as Error).message}`, { cause: error });
  }
}

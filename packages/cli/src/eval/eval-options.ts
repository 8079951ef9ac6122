import type {
  Bootstrap,
  Comparison,
  Evaluation,
  GroupEvaluations,
  Interval,
  Subgroup,
  ViewOne,
} from "@amface/lfw-eval";
import type { CommandContext, OptionValues } from "../command/command.ts";
import { integer, oneOf } from "../command/parse.ts";
import { mismatchOption } from "../model/check-alignment.ts";
import { modelOptions } from "../model/model.ts";
import { engineOptions } from "../options/engine-option.ts";
import { aloneOption } from "../shares/in-shares.ts";
import type { Shares } from "../shares/shares.ts";

/** How photos join into IJB's templates: by what each counts. */
export const POOLINGS = {
  "norm+score": { byNorm: true, byScore: true },
  norm: { byNorm: true, byScore: false },
  score: { byNorm: false, byScore: true },
  equal: { byNorm: false, byScore: false },
} as const;

export type Pooling = keyof typeof POOLINGS;

export const options = {
  model: { value: "M", help: "run directory, saved model, F.onnx or model.json" },
  "lfw-dir": { value: "DIR", help: "identity folders or shards of aligned crops" },
  "lfw-pairs": {
    value: "FILE",
    help: "pairs as LFW, XQLFW, CALFW, CPLFW or AgeDB-30 list them, CFP's folder Protocol, or RFW's folder txts",
  },
  "dev-pairs": { value: "FILE", help: "take the threshold from these pairs instead of folds (LFW's View 1)" },
  bin: { value: "FILE", help: "evaluate an insightface set such as agedb_30.bin instead of crops and pairs" },
  distances: { value: "FILE", help: "evaluate these rows `issame,distance` (CSV) instead of a model" },
  embeddings: {
    value: "FILE",
    help: "evaluate these (a.npy with a.json, a.npz, a.parquet or a.arrow, as amface embed writes) instead of a model",
  },
  protocol: {
    value: "NAME",
    help: "pairs; or, over all of --lfw-dir or --embeddings: identify (rank-k, CMC), blufr (all pairs, open set), ijb (templates), tinyface",
    parse: oneOf("pairs", "identify", "blufr", "ijb", "tinyface"),
    default: "pairs",
  },
  lists: {
    value: "PATH",
    help: "lists of --protocol: IJB's folder meta, TinyFace's Testing_Set [the photos' names], blufr_lfw_config.mat [drawn trials]",
  },
  pooling: {
    value: "HOW",
    help: "what photos count by in IJB's templates: norm+score (of the detector), norm, score or equal [norm+score]",
    parse: oneOf(...(Object.keys(POOLINGS) as Pooling[])),
  },
  folds: { value: "K", help: "number of folds [those of the pairs; 10 for distances]", parse: integer(2) },
  "threshold-search": {
    value: "HOW",
    help: "folds' thresholds from the grid 0, 0.01, … (the lowest best one) or exact [grid]",
    parse: oneOf("grid", "exact"),
  },
  bootstrap: { value: "N", help: "resamples for intervals, 0 for none [1000]", parse: integer(0) },
  against: { value: "FILE", help: "compare with another model's distances.csv of the same pairs" },
  attributes: {
    value: "FILE",
    help: "accuracy and error rates by group: CSV of photos or identities, or CelebA's list_attr_celeba.txt",
  },
  groups: {
    value: "NAMES",
    help: "columns of --attributes, joined by commas [all; of CelebA's list sex, age and skin]",
    parse: (text: string) => text.split(",").map((name) => name.trim()),
  },
  "label-errors": { value: "FILE", help: "photos or pairs known to be labelled wrong: marked in the report" },
  manifest: { value: "FILE", help: "align's manifest [manifest.csv in --lfw-dir]: landmarks in the report" },
  flip: {
    value: "HOW",
    help: "mirrored crops: concat, sum or none",
    parse: oneOf("concat", "sum", "none"),
    default: "concat",
  },
  "lfw-batch-size": { value: "N", help: "crops per batch", parse: integer(1), default: "64" },
  strict: { help: "a missing photo is an error, not a skipped pair" },
  seed: { value: "N", help: "seed of resamples and trials", parse: integer(0), default: "1" },
  "allow-alignment-mismatch": mismatchOption,
  report: { value: "DIR", help: "write report.html and distances.csv there" },
  card: {
    help: "write the model's threshold card beside it, for amface verify; without it, error rates by the card that is there",
  },
  alone: aloneOption,
  ...engineOptions,
  ...modelOptions,
} as const;

/** Where an evaluation shows its progress, and whom it shares the embedding with. */
export interface EvalContext extends CommandContext {
  readonly shares: Shares;
}

/** Options as they were given. */
export type GivenValues = OptionValues<typeof options>;

/** Of options that only some protocols have: a default that is no given value. */
export const DEFAULTS = { pooling: "norm+score", "threshold-search": "grid", bootstrap: 1000 } as const;

/** Options with their defaults. */
export type EvalValues = Omit<GivenValues, keyof typeof DEFAULTS> & {
  readonly [K in keyof typeof DEFAULTS]: NonNullable<GivenValues[K]>;
};

/** What a threshold of the model's card comes to on these pairs. */
export interface CardRate {
  /** FAR that the threshold was chosen for, and the interval of what other people have, where the card has one. */
  readonly far: number;
  readonly farInterval?: Interval;
  readonly threshold: number;
  /** Shares of different and of same pairs below it. */
  readonly measured: { readonly far: number; readonly tar: number };
}

export interface ByCard {
  readonly path: string;
  readonly rates: readonly CardRate[];
}

/** The evaluation as `--json` gives it. */
export interface PairsResult extends Evaluation {
  readonly viewOne?: ViewOne;
  readonly bootstrap?: Bootstrap;
  readonly comparison?: Comparison;
  /** Accuracy, TAR and error rates of each attribute's groups. */
  readonly subgroups?: Readonly<Record<string, readonly Subgroup[]>>;
  /** Each of a list's groups alone, such as RFW's. */
  readonly groups?: GroupEvaluations;
  readonly report?: string;
  readonly card?: string;
  /** Error rates on these pairs at the thresholds of the card that the model had. */
  readonly byCard?: ByCard;
}

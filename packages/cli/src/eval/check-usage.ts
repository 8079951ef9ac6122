import { UsageError } from "../command/command.ts";
import type { GivenValues } from "./eval-options.ts";

/** Resamples below which `bootstrap` gives no interval. */
export const FEWEST_REPLICATES = 20;

/** Options that only pairs have. */
const OF_PAIRS = [
  "against",
  "attributes",
  "groups",
  "folds",
  "threshold-search",
  "bootstrap",
  "label-errors",
  "manifest",
] as const satisfies readonly (keyof GivenValues)[];

/** @throws {UsageError} When one is given that the protocol does not look at. */
function checkProtocolOptions(values: GivenValues): void {
  const { protocol, strict, pooling } = values;
  const refuse = (option: string, expected: string): never => {
    throw new UsageError(`Cannot take --${option}: expected --protocol ${expected}, got ${protocol}`);
  };
  if (pooling !== undefined && protocol !== "ijb") refuse("pooling", "ijb");
  if (strict && protocol === "identify") refuse("strict", "pairs, blufr, ijb or tinyface");
  if (protocol === "pairs") return;
  const given = OF_PAIRS.find((option) => values[option] !== undefined);
  if (given !== undefined) refuse(given, "pairs");
}

/** @throws {UsageError} When options do not go together or one is missing. */
export function checkUsage(values: GivenValues): void {
  const {
    model,
    distances,
    embeddings,
    bin,
    protocol,
    lists,
    card,
    "lfw-dir": dir,
    "lfw-pairs": pairs,
    "dev-pairs": dev,
    bootstrap,
  } = values;
  if (bootstrap !== undefined && bootstrap > 0 && bootstrap < FEWEST_REPLICATES) {
    throw new UsageError(
      `Cannot take --bootstrap: expected 0 or at least ${FEWEST_REPLICATES} resamples, got ${bootstrap}`,
    );
  }
  checkProtocolOptions(values);
  if (values.report === undefined) {
    for (const option of ["label-errors", "manifest"] as const) {
      if (values[option] === undefined) continue;
      throw new UsageError(`Cannot take --${option}: expected --report, which shows it`);
    }
  }
  if (values.groups !== undefined && values.attributes === undefined) {
    throw new UsageError("Cannot take --groups: expected --attributes, whose columns they are");
  }
  if (model !== undefined && distances !== undefined) {
    throw new UsageError("Cannot take --model with --distances: expected one of them, got both");
  }
  if (lists !== undefined && (protocol === "pairs" || protocol === "identify")) {
    throw new UsageError("Cannot take --lists: expected --protocol ijb, tinyface or blufr, whose they are");
  }
  if (protocol !== "pairs") {
    if (protocol === "ijb" && lists === undefined) {
      throw new UsageError("Cannot evaluate by --protocol ijb: expected --lists, the folder of IJB's lists");
    }
    const others = [distances, bin, pairs, dev].every((other) => other === undefined);
    const byModel = model !== undefined && dir !== undefined && embeddings === undefined;
    const byFile = embeddings !== undefined && model === undefined && dir === undefined;
    if (others && !card && (byModel || byFile)) return;
    throw new UsageError(
      `Cannot evaluate by --protocol ${protocol}: expected --model and --lfw-dir, or --embeddings, and no pairs or --card`,
    );
  }
  if (embeddings !== undefined) {
    if (pairs !== undefined && [model, distances, bin, dev].every((other) => other === undefined)) return;
    throw new UsageError(
      "Cannot take --embeddings: expected --lfw-pairs with it, and no --model, --distances or --bin",
    );
  }
  if (card && model === undefined) throw new UsageError("Cannot write a card: expected --model");
  if (dev !== undefined && (distances !== undefined || bin !== undefined)) {
    throw new UsageError("Cannot take --dev-pairs: expected --model, --lfw-dir and --lfw-pairs with it");
  }
  if (distances !== undefined || (model !== undefined && bin !== undefined)) return;
  if (model === undefined || dir === undefined || pairs === undefined) {
    throw new UsageError(
      "Cannot evaluate: expected --model, --lfw-dir and --lfw-pairs, or --model and --bin, or --embeddings, or --distances",
    );
  }
}

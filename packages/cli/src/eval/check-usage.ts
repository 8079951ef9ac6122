import { UsageError } from "../command/command.ts";
import type { EvalValues } from "./eval-options.ts";

/** Resamples below which `bootstrap` gives no interval. */
export const FEWEST_REPLICATES = 20;

/** @throws {UsageError} When options do not go together or one is missing. */
export function checkUsage(values: EvalValues): void {
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
  if (bootstrap > 0 && bootstrap < FEWEST_REPLICATES) {
    throw new UsageError(
      `Cannot take --bootstrap: expected 0 or at least ${FEWEST_REPLICATES} resamples, got ${bootstrap}`,
    );
  }
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
    throw new UsageError("Cannot take --model and --distances together: give one of them");
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

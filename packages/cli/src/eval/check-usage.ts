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
  if (embeddings !== undefined) {
    if (pairs !== undefined && [model, distances, bin, dev].every((other) => other === undefined)) return;
    throw new UsageError(
      "Cannot take --embeddings: expected --lfw-pairs with it, and no --model, --distances or --bin",
    );
  }
  if (protocol !== "pairs") {
    if (model !== undefined && dir !== undefined) return;
    throw new UsageError(`Cannot evaluate by --protocol ${protocol}: expected --model and --lfw-dir`);
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

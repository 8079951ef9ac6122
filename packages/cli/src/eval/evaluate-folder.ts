import { openSource } from "@amface/data";
import { type BlufrResult, blufr, drawTrials, type Flip, firstAsGallery, identify } from "@amface/lfw-eval";
import { checkCropsFolder } from "../model/check-alignment.ts";
import { loadEmbedding, type ModelValues } from "../model/model.ts";
import { startEngine } from "../model/start-engine.ts";
import { embedShared } from "./embed-shared.ts";
import type { EvalContext } from "./eval-options.ts";

export interface FolderOptions {
  readonly model: string;
  /** How the model is loaded. */
  readonly modelOptions: ModelValues;
  readonly dir: string;
  readonly flip: Flip;
  readonly batchSize: number;
  readonly engine: string | undefined;
  readonly threads: number | undefined;
  readonly seed: number;
  readonly allowMismatch: boolean;
}

/** Result of `--protocol identify`. */
export interface IdentifyResult {
  readonly protocol: "identify";
  readonly gallery: number;
  readonly probes: number;
  /** Share of probes whose own person is among the k nearest. */
  readonly rank1: number;
  readonly rank5: number;
  readonly cmc: readonly number[];
}

export type FolderResult = IdentifyResult | ({ readonly protocol: "blufr" } & BlufrResult);

/** Embeds every crop of a folder of identities or shards, and looks people up or compares all pairs. */
export async function evaluateFolder(
  protocol: "identify" | "blufr",
  options: FolderOptions,
  context: EvalContext,
): Promise<FolderResult> {
  const { embeddings, identities } = await embedFolder(protocol, options, context);
  if (protocol === "blufr") {
    const trials = drawTrials(identities, { seed: options.seed });
    return { protocol, ...blufr(embeddings, identities, trials) };
  }
  const { gallery, probes, cmc } = identify(embeddings, identities);
  const rank = (k: number) => cmc[Math.min(k, cmc.length) - 1];
  return { protocol, gallery, probes, rank1: rank(1), rank5: rank(5), cmc: [...cmc] };
}

async function embedFolder(
  protocol: "identify" | "blufr",
  { model, modelOptions: values, dir, flip, batchSize, engine, threads, seed, allowMismatch }: FolderOptions,
  context: EvalContext,
) {
  const source = await openSource(dir);
  await startEngine({ model, engine, threads }, context.reporter, { repeatable: true });
  const net = await loadEmbedding(model, values, context.reporter);
  await checkCropsFolder(model, dir, { allowed: allowMismatch, reporter: context.reporter });
  // Before the work: people who are too few for the protocol.
  const people = Array.from(source.counts).flatMap((count, label) => new Array<number>(count).fill(label));
  if (protocol === "blufr") drawTrials(people, { seed });
  else firstAsGallery(people);
  const onSkip = ({ error }: { readonly error: Error }) => context.reporter.warn(`Skipped: ${error.message}`);
  const { data, size, labels } = await embedShared(net, source, context, { flip, batchSize, onSkip });
  return { embeddings: { data, size }, identities: Array.from(labels, (label) => source.identities[label]) };
}

export function renderFolder(result: FolderResult): string {
  if (result.protocol === "identify") {
    return [
      `gallery    ${result.gallery} people, ${result.probes} probes`,
      `rank 1     ${result.rank1.toFixed(4)}`,
      `rank 5     ${result.rank5.toFixed(4)}`,
    ].join("\n");
  }
  const { trials, pairs, verification, openSet } = result;
  const rate = (name: string, entry: BlufrResult["openSet"]) =>
    entry.mean === null
      ? `${name} at FAR ${entry.far}: too few pairs`
      : `${name} at FAR ${entry.far}: ${entry.mean.toFixed(4)} ± ${entry.std.toFixed(4)}`;
  return [
    `${trials} trials of ${Math.round(pairs.same)} same and ${Math.round(pairs.different)} different pairs`,
    ...verification.map((entry) => rate("VR", entry)),
    rate("open-set rank 1", openSet),
  ].join("\n");
}

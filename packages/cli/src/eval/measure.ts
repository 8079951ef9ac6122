import { isShardFolder, openSource } from "@amface/data";
import { locatePhotos, type PairList, pairWarnings, readDistances, readPairList } from "@amface/lfw-eval";
import { embedder } from "@amface/train";
import type { Reporter } from "../command/reporter.ts";
import { checkCropsFolder } from "../model/check-alignment.ts";
import { loadEmbedding } from "../model/model.ts";
import { startEngine } from "../model/start-engine.ts";
import { embedShared } from "./embed-shared.ts";
import type { EvalContext, EvalValues } from "./eval-options.ts";
import { measurePhotos } from "./evaluate-photos.ts";
import { inFolds } from "./in-folds.ts";
import { measureBin } from "./measure-bin.ts";
import { measureAmong, measureEmbeddings } from "./measure-embeddings.ts";
import type { Measured } from "./measured.ts";
import { type Rehearse, rehearseOn } from "./rehearse.ts";

/**
 * Distances of the pairs that the options name.
 *
 * @param rehearse Called before crops are embedded, where the pairs are known by then.
 */
export async function measure(
  values: EvalValues,
  context: EvalContext,
  rehearse: Rehearse,
): Promise<Measured> {
  const { distances, embeddings, bin, flip, strict, "lfw-dir": dir, "lfw-pairs": pairs } = values;
  if (distances !== undefined) {
    return { name: distances, pairs: distances, table: await readDistances(distances), skippedPairs: 0 };
  }
  if (bin === undefined) {
    const list = inFolds(await readPairList(pairs!), values.folds, pairs!);
    for (const warning of pairWarnings(list)) context.reporter.warn(`Warning: ${warning}`);
    const { groups } = list;
    const known = { isList: true, ...(groups && { groups }) };
    if (embeddings === undefined)
      return { ...(await measureList(list, pairs!, dir!, values, context, rehearse)), ...known };
    const measured = await measureEmbeddings(embeddings, list, { strict, reporter: context.reporter });
    return { name: embeddings, pairs: pairs!, ...measured, ...known };
  }
  const { net, engine } = await openModel(values, context.reporter);
  const [height, width] = net.description.imageShape;
  const batchSize = values["lfw-batch-size"];
  const table = await measureBin(
    bin,
    embedder(net),
    { height, width },
    {
      ...{ flip, batchSize, folds: values.folds, rehearse },
      ...context,
    },
  );
  return { name: net.name, pairs: bin, table, skippedPairs: 0, engine, net };
}

/** Distances of a list of pairs by the model, photos that are missing told and left out. */
export async function measureList(
  list: PairList,
  pairs: string,
  dir: string,
  values: EvalValues,
  context: EvalContext,
  rehearse: Rehearse = () => {},
): Promise<Measured> {
  if (await isShardFolder(dir)) return measureShards(list, pairs, dir, values, context);
  const { reporter, signal, shares } = context;
  const located = await locatePhotos(list, dir, { strict: values.strict });
  warnOfMissing(located, list, dir, reporter);
  const { skippedPairs } = located;
  const { net, engine } = await openModel(values, reporter);
  await checkCropsFolder(values.model!, dir, { allowed: values["allow-alignment-mismatch"], reporter });
  const known = { isList: true, ...(list.groups && { groups: list.groups }) };
  rehearseOn(located, { name: net.name, pairs, skippedPairs, ...known }, rehearse);
  const { flip, "lfw-batch-size": batchSize } = values;
  const embed = embedder(net);
  const table = await measurePhotos({
    dir,
    located,
    embed,
    flip,
    batchSize,
    reporter,
    signal,
    shares,
    title: "embed",
  });
  return { name: net.name, pairs, table, skippedPairs, engine, net };
}

/** The same from shards: all their photos are embedded, and the pairs' ones found by their names. */
async function measureShards(
  list: PairList,
  pairs: string,
  dir: string,
  values: EvalValues,
  context: EvalContext,
): Promise<Measured> {
  const { reporter } = context;
  const source = await openSource(dir);
  const { net, engine } = await openModel(values, reporter);
  await checkCropsFolder(values.model!, dir, { allowed: values["allow-alignment-mismatch"], reporter });
  const { flip, strict, "lfw-batch-size": batchSize } = values;
  const embeddings = await embedShared(net, source, context, { flip, batchSize });
  const measured = measureAmong(embeddings, embeddings.names, list, { strict, where: dir });
  warnOfMissing(measured, list, dir, reporter);
  const { table, skippedPairs } = measured;
  return { name: net.name, pairs, table, skippedPairs, engine, net };
}

function warnOfMissing(
  { missing, skippedPairs }: { readonly missing: readonly string[]; readonly skippedPairs: number },
  list: PairList,
  dir: string,
  reporter: Reporter,
): void {
  if (missing.length === 0) return;
  reporter.warn(
    `${skippedPairs} of ${list.pairs.length} pairs are skipped: ${missing.length} photos are missing from ${dir}, ` +
      `such as ${missing[0]}`,
  );
}

async function openModel(values: EvalValues, reporter: Reporter) {
  const { label: engine } = await startEngine(values, reporter, { repeatable: true });
  const net = await loadEmbedding(values.model!, values, reporter);
  return { net, engine };
}

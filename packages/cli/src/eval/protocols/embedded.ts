import { identityOf, openSource } from "@amface/data";
import type { Embeddings } from "@amface/lfw-eval";
import { readEmbeddings } from "../../embeddings/read-embeddings.ts";
import { checkCropsFolder } from "../../model/check-alignment.ts";
import { loadEmbedding } from "../../model/model.ts";
import { startEngine } from "../../model/start-engine.ts";
import { embedShared } from "../embed-shared.ts";
import type { EvalContext, EvalValues } from "../eval-options.ts";

/** Photos that a protocol compares. */
export interface EmbeddedPhotos {
  readonly embeddings: Embeddings;
  /** `folder/photo.png`, one a row. */
  readonly names: readonly string[];
  /** The photos' folders. */
  readonly identities: readonly string[];
  /** What messages call the place that they are from. */
  readonly where: string;
}

/**
 * Reads the embeddings of `--embeddings`, or embeds every crop of `--lfw-dir` by `--model`.
 *
 * @param check Called with the photos' people before crops are embedded, to throw where they do not do.
 */
export async function embeddedPhotos(
  values: EvalValues,
  context: EvalContext,
  check: (people: readonly number[]) => void = () => {},
): Promise<EmbeddedPhotos> {
  const { model, "lfw-dir": dir, embeddings: file, flip, "lfw-batch-size": batchSize } = values;
  const { reporter } = context;
  if (file !== undefined) {
    const { data, size, paths } = await readEmbeddings(file);
    return { embeddings: { data, size }, names: paths, identities: paths.map(identityOf), where: file };
  }
  const source = await openSource(dir!);
  await startEngine(values, reporter, { repeatable: true });
  const net = await loadEmbedding(model!, values, reporter);
  await checkCropsFolder(model!, dir!, { allowed: values["allow-alignment-mismatch"], reporter });
  check(Array.from(source.counts).flatMap((count, label) => new Array<number>(count).fill(label)));
  const onSkip = ({ error }: { readonly error: Error }) => reporter.warn(`Skipped: ${error.message}`);
  const { data, size, names, labels } = await embedShared(net, source, context, { flip, batchSize, onSkip });
  const identities = Array.from(labels, (label) => source.identities[label]);
  return { embeddings: { data, size }, names, identities, where: dir! };
}

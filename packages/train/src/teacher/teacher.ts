import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { openSource, type PhotoSource, type SkippedRecord } from "@amface/data";
import { AlignmentMismatchError, alignmentDifferences, readAlignment } from "@amface/images";
import { isTensorFlowCheckpoint, readTensorFlowCheckpoint } from "@amface/nets";
import { ConfigError } from "../config/resolve-config.ts";
import type { TrainConfig } from "../config/train-config.ts";
import { modelFile } from "../run/load-model.ts";

/** What a run learns besides identities, and from which photos. */
export interface Teacher {
  /** SHA-256 of the teacher's weights. */
  readonly sha256: string;
  /** Photos without labels. */
  readonly unlabelled?: PhotoSource | undefined;
}

/**
 * Finds the teacher of a config and the photos without labels; nothing is computed yet.
 *
 * @param onSkip Told of every damaged record that is passed over.
 * @throws {ConfigError} When there is no such teacher.
 * @throws {AlignmentMismatchError} When the photos without labels were aligned in another way than the others.
 * @throws {RangeError} When they do not fill a batch.
 */
export async function findTeacher(
  config: TrainConfig,
  onSkip: (error: SkippedRecord["error"]) => void = () => {},
): Promise<Teacher | undefined> {
  const { teacher, unlabelledDir: dir, skipCorrupt, batchSize, unlabelledBatchSize = batchSize } = config;
  if (teacher === undefined) return undefined;
  const file = await modelFile(teacher);
  const sha256 = await digestOf(file).catch((cause: Error) => {
    const expected = "expected a saved model, or the folder of a finished run";
    throw new ConfigError(`Cannot learn from the teacher ${teacher}: ${expected}, got ${cause.message}`, {
      cause,
    });
  });
  if (dir === undefined) return { sha256 };
  const unlabelled = await openSource(dir, { skipCorrupt, onSkip });
  const [trainedOn, found] = [await readAlignment(config.dataDir), await readAlignment(dir)];
  const differences = trainedOn && found && alignmentDifferences(trainedOn, found);
  if (differences) {
    throw new AlignmentMismatchError(
      `Cannot train on ${dir}: expected crops aligned like those in ${config.dataDir}, got ${differences}; ` +
        "align the photos again in that way",
    );
  }
  if (unlabelled.photos < unlabelledBatchSize) {
    const expected = `${unlabelledBatchSize} photos (unlabelledBatchSize) or more`;
    throw new RangeError(
      `Cannot train on ${dir}: expected ${expected}, got ${unlabelled.photos}; lower unlabelledBatchSize`,
    );
  }
  return { sha256, unlabelled };
}

/** Of a model's file; of a TensorFlow checkpoint, which has several, of the values. */
async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  if (!(await isTensorFlowCheckpoint(file))) return hash.update(await readFile(file)).digest("hex");
  for (const [name, { shape, data }] of await readTensorFlowCheckpoint(file)) {
    hash.update(`${name} [${shape}]\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}

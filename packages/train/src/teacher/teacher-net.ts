import { alignmentDifferences, parseAlignment, readAlignment } from "@amface/images";
import { type FaceNet, readMetadata } from "@amface/nets";
import { ConfigError } from "../config/resolve-config.ts";
import type { TrainConfig } from "../config/train-config.ts";
import { loadModel, modelFile } from "../run/load-model.ts";

/**
 * Loads a config's teacher, which the caller disposes.
 *
 * @param size Of the embeddings that are to learn.
 * @throws {ConfigError} When it cannot be loaded, or its images or embeddings are of another size.
 */
export async function loadTeacher(config: TrainConfig, size: number): Promise<FaceNet> {
  const { teacher = "", teacherNet } = config;
  const net = await loadModel(teacher, teacherNet).catch((cause: Error) => {
    const hint = teacherNet === undefined ? "; of another program's weights name the net (teacherNet)" : "";
    throw new ConfigError(`Cannot learn from the teacher ${teacher}: ${cause.message}${hint}`, { cause });
  });
  try {
    requireSize(config, net.description.embeddingSize, size);
    requireImages(config, net);
    return net;
  } catch (error) {
    net.model.dispose();
    throw error;
  }
}

/** @throws {ConfigError} When a teacher's embeddings are of another size than those that are to learn. */
export function requireSize({ teacher }: TrainConfig, there: number, size: number): void {
  if (there === size) return;
  throw new ConfigError(
    `Cannot learn from the teacher ${teacher}: expected embeddings of ${size} values as the net's, got ${there}; ` +
      `set embeddingSize to ${there}`,
  );
}

function requireImages({ teacher, imageSize }: TrainConfig, { options }: FaceNet): void {
  if (String(options.imageSize) === String(imageSize)) return;
  throw new ConfigError(
    `Cannot learn from the teacher ${teacher}: expected images of ${imageSize.join("x")} (height x width) as the net's, ` +
      `got ${options.imageSize.join("x")}; train the net on crops of that size`,
  );
}

/** Tells of a teacher that learnt from crops of another kind: it is worth less, but not nothing. */
export async function warnOfAlignment(
  { teacher = "" }: TrainConfig,
  dir: string,
  onWarning: ((message: string) => void) | undefined,
): Promise<void> {
  const file = await modelFile(teacher);
  const { alignment } = await readMetadata(file);
  const crops = await readAlignment(dir);
  if (alignment === undefined || crops === undefined) return;
  const differences = alignmentDifferences(parseAlignment(alignment, file), crops);
  if (differences)
    onWarning?.(`The teacher ${teacher} learnt from crops aligned otherwise than ${dir}: ${differences}`);
}

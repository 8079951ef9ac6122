import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import {
  openSource,
  type PhotoRef,
  type PhotoSource,
  photoName,
  type SkippedPhoto,
  type SkippedRecord,
} from "@amface/data";
import { makeFolder } from "@amface/files";
import { formatAlignment, readAlignment } from "@amface/images";
import type { Embeddings } from "@amface/lfw-eval";
import { SafetensorsError } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import type { TrainConfig } from "../config/train-config.ts";
import { embedList } from "../embed/embed-list.ts";
import { readEmbeddingFile, writeEmbeddingFile } from "./embedding-file.ts";
import type { Teacher } from "./teacher.ts";
import { loadTeacher, requireSize, warnOfAlignment } from "./teacher-net.ts";

/** Who is told what while a teacher embeds. */
export interface TeacherOptions {
  /** Folder of the embeddings, where the config names none. */
  readonly folder: string;
  /** Size of the embeddings that are to learn. */
  readonly size: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly onSkip: (photo: SkippedPhoto | SkippedRecord) => void;
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** A teacher's embeddings of photos, of length 1: each the mean of the crop's and the mirrored crop's, so that both have the same. */
export class TeacherEmbeddings {
  readonly #size: number;
  readonly #rows = new Map<string, Float32Array>();

  private constructor(size: number) {
    this.#size = size;
  }

  /**
   * Embeds all photos of the config's folders, or reads what an earlier run wrote of the same teacher and photos. A
   * file's photos are known by their names and sizes, shards by their checksums.
   *
   * @throws {ConfigError} When the teacher cannot be loaded, or its images or embeddings are of another size.
   * @throws {WriteError} When the embeddings cannot be written.
   */
  static async of(
    config: TrainConfig,
    teacher: Teacher,
    options: TeacherOptions,
  ): Promise<TeacherEmbeddings> {
    const embeddings = new TeacherEmbeddings(options.size);
    const { dataDir, unlabelledDir } = config;
    for (const dir of new Set([dataDir, ...(unlabelledDir === undefined ? [] : [unlabelledDir])])) {
      // Of all photos, so that the file fits whatever a run leaves out or holds out.
      const source = await openSource(dir, { skipCorrupt: config.skipCorrupt, onSkip: () => {} });
      const photos = await source.list();
      const { data, size } = await ofFolder(config, teacher, { dir, source, photos }, options);
      for (const [i, photo] of photos.entries())
        embeddings.#rows.set(placeOf(photo), data.subarray(i * size, (i + 1) * size));
    }
    return embeddings;
  }

  /**
   * The embeddings `[B, D]` of photos, which the caller disposes.
   *
   * @param sources The photos as batches call them.
   * @throws {Error} For a photo that could not be read when the teacher was to embed it.
   */
  take(sources: readonly string[]): tf.Tensor2D {
    const data = new Float32Array(sources.length * this.#size);
    for (const [i, source] of sources.entries()) {
      const row = this.#rows.get(source);
      if (!row?.some((value) => value !== 0)) {
        throw new Error(
          `Cannot learn from the teacher: expected its embedding of ${source}, which could not be read when it was made, ` +
            "got none; remove the file of embeddings, teacher-*.safetensors",
        );
      }
      data.set(row, i * this.#size);
    }
    return tf.tensor2d(data, [sources.length, this.#size]);
  }
}

/** What batches call a photo. */
const placeOf = (photo: PhotoRef) => ("record" in photo ? photoName(photo) : photo.path);

interface Folder {
  readonly dir: string;
  readonly source: PhotoSource;
  readonly photos: readonly PhotoRef[];
}

/** The embeddings of a folder's photos in the order of its list; zeros where a photo cannot be read. */
async function ofFolder(
  config: TrainConfig,
  teacher: Teacher,
  folder: Folder,
  options: TeacherOptions,
): Promise<Embeddings> {
  const key = await keyOf(config, teacher, folder);
  const cache = config.teacherCache ?? options.folder;
  const path = join(cache, `teacher-${key.slice(0, 16)}.safetensors`);
  const known = await readEmbeddingFile(path, key).catch((error: Error) => {
    if (!(error instanceof SafetensorsError)) throw error;
    options.onWarning?.(`${error.message}; they are computed again`);
    return undefined;
  });
  if (known) {
    requireSize(config, known.size, options.size);
    return known;
  }
  await makeFolder(cache);
  const embeddings = await embedFolder(config, folder, options);
  await writeEmbeddingFile(path, key, embeddings);
  return embeddings;
}

/** All that the embeddings depend on. */
async function keyOf(
  { teacherNet }: TrainConfig,
  { sha256 }: Teacher,
  { dir, source, photos }: Folder,
): Promise<string> {
  const alignment = await readAlignment(dir);
  const hash = createHash("sha256");
  for (const text of [
    sha256,
    teacherNet ?? "",
    alignment ? formatAlignment(alignment) : "",
    source.fingerprint,
  ])
    hash.update(`${text}\n`);
  for (const photo of photos) if (!("record" in photo)) hash.update(`${(await stat(photo.path)).size}\n`);
  return hash.digest("hex");
}

async function embedFolder(
  config: TrainConfig,
  { dir, photos }: Folder,
  { size, signal, onProgress, onSkip, onWarning }: TeacherOptions,
): Promise<Embeddings> {
  const net = await loadTeacher(config, size);
  try {
    await warnOfAlignment(config, dir, onWarning);
    const embedded = await embedList(net, photos, {
      flip: "sum",
      skipCorrupt: config.skipCorrupt,
      onSkip,
      onProgress: (done, total) => {
        signal?.throwIfAborted();
        onProgress?.(done, total);
      },
    });
    const data = new Float32Array(photos.length * size);
    for (const [row, place] of embedded.places.entries())
      data.set(unitRow(embedded.data.subarray(row * size, (row + 1) * size)), place * size);
    return { data, size };
  } finally {
    net.model.dispose();
  }
}

function unitRow(row: Float32Array): Float32Array {
  const length = Math.hypot(...row);
  return row.map((value) => value / length);
}

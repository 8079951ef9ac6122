import { createHash } from "node:crypto";
import { access } from "node:fs/promises";
import type { Embeddings } from "@amface/lfw-eval";
import { readSafetensors, SafetensorsError, writeSafetensors } from "@amface/nets";

const FORMAT = "amface teacher 1";

/**
 * Writes embeddings, whole or not at all.
 *
 * @throws {WriteError} When the disk is full or the folder not writable.
 */
export async function writeEmbeddingFile(
  path: string,
  key: string,
  { data, size }: Embeddings,
): Promise<void> {
  const tensor = { name: "embeddings", shape: [data.length / size, size], data };
  await writeSafetensors(path, [tensor], { format: FORMAT, key, sha256: sha256Of(data) });
}

/**
 * Reads embeddings and checks that every byte is as it was written.
 *
 * @returns `undefined` where there is no such file.
 * @throws {SafetensorsError} Where it is damaged, or belongs to another key.
 */
export async function readEmbeddingFile(path: string, key: string): Promise<Embeddings | undefined> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return undefined;
  const { tensors, metadata } = await readSafetensors(path);
  const found = tensors.get("embeddings");
  if (metadata.format === FORMAT && metadata.key === key && found?.shape.length === 2) {
    const data = found.data as Float32Array;
    if (sha256Of(data) === metadata.sha256) return { data, size: found.shape[1] };
  }
  throw new SafetensorsError(
    `Cannot read ${path}: expected the teacher's embeddings as they were written, got others`,
  );
}

function sha256Of(data: Float32Array): string {
  return createHash("sha256")
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest("hex");
}

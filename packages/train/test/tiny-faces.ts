import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "@amface/data";
import { writePng } from "@amface/images";
import type { TrainConfigInput } from "@amface/train";
import * as tf from "@tensorflow/tfjs-core";

/** A folder of identities of 16×16 pictures: a colour for each person, noise for each photo. */
export async function tinyFaces(dir: string, identities: number, photos: number): Promise<string> {
  for (let person = 0; person < identities; person++) {
    const colour = new Random("colour", person);
    const mean = [colour.int(200), colour.int(200), colour.int(200)];
    for (let photo = 0; photo < photos; photo++) {
      const noise = new Random("noise", person, photo);
      const data = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => mean[i % 3] + noise.int(56));
      await writePng(join(dir, `person${person}`, `${photo}.png`), { data, width: 16, height: 16 });
    }
  }
  return dir;
}

/** A fresh folder for one test, and how to remove it. */
export async function scratch(): Promise<{ dir: string; remove: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), "amface-train-"));
  return { dir, remove: () => rm(dir, { recursive: true }) };
}

/** A config that trains on tiny faces in moments, on onnx, in a fresh folder; `options` come on top. */
export async function tinyRun(
  identities: number,
  photos: number,
  options: Partial<TrainConfigInput>,
): Promise<{ dir: string; remove: () => Promise<void>; config: TrainConfigInput }> {
  await tf.setBackend("onnx");
  const { dir, remove } = await scratch();
  const dataDir = await tinyFaces(join(dir, "faces"), identities, photos);
  const size = { imageSize: [16, 16] as const, embeddingSize: 4, batchSize: 4 };
  return { dir, remove, config: { dataDir, net: "resface-small", ...size, ...options } };
}

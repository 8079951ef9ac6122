import { alignFace, detectFaces, faceWarnings, rankFaces, readPhoto } from "@amface/align/browser";
import { squaredDistances } from "@amface/lfw-eval/browser";
import * as tf from "@tensorflow/tfjs-core";
import type { Comparison, FrameFaces, PhotoFaces, Picture, Rows } from "../messages.ts";
import { judge } from "./judge.ts";
import type { Loading } from "./load-part.ts";
import { boxDetector, boxEmbedder } from "./nets.ts";

/** The faces of a photo with their crops, the main one first. */
export async function findFaces(photo: Blob, loading: Loading): Promise<PhotoFaces> {
  const image = await readPhoto(photo);
  const { height = 112, width = 96 } = (await boxEmbedder(loading)) ?? {};
  const detector = await boxDetector(loading);
  const found = rankFaces(await detectFaces(detector, image), image);
  const faces = found.map((face) => ({
    ...face,
    crop: alignFace(image, face.landmarks, { height, width }),
    warnings: faceWarnings(face, image, { size: { height, width }, among: found }),
  }));
  return { width: image.width, height: image.height, faces };
}

/** The faces of a frame, at the first look alone. The frame is closed. */
export async function lookAt(frame: ImageBitmap, loading: Loading): Promise<FrameFaces> {
  try {
    const detector = await boxDetector(loading);
    const image = await readPhoto(frame);
    const minSize = Math.max(20, Math.min(image.width, image.height) / 8);
    const faces = await detectFaces(detector, image, { minSize, lookOnce: true });
    return { faces, tensors: tf.memory().numTensors };
  } finally {
    frame.close();
  }
}

/** Embeddings of crops. @throws {Error} Where the box has no embedder. */
export async function embedCrops(crops: readonly Picture[], loading: Loading): Promise<Rows> {
  const embedder = await boxEmbedder(loading);
  if (embedder === null) throw new Error("Cannot compare faces: expected an embedder in the box, got none");
  const data = await embedder.embed(crops);
  return { data, size: data.length / Math.max(1, crops.length) };
}

/** How far apart two crops are, and what that says at a false accept rate. */
export async function compareCrops(
  { crops, far }: { readonly crops: readonly [Picture, Picture]; readonly far: number },
  loading: Loading,
): Promise<Comparison> {
  const rows = await embedCrops(crops, loading);
  return judge(squaredDistances(rows, [{ a: 0, b: 1 }])[0], far);
}

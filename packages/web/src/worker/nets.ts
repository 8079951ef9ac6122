import { type Detector, loadDetector } from "@amface/align/browser";
import { type Embed, withMirrored } from "@amface/lfw-eval/browser";
import { decodeNet, embedder } from "@amface/nets/browser";
import { useEngine } from "./engine.ts";
import { useFaceEngine } from "./face-engine.ts";
import { type Loading, loadBox, loadPart } from "./load-part.ts";

/** What embeds crops of a size. */
export interface CropEmbedder {
  readonly embed: Embed;
  readonly height: number;
  readonly width: number;
}

/** Makes something once; where that fails, again. */
function once<T>(make: (loading: Loading) => Promise<T>): (loading: Loading) => Promise<T> {
  let made: Promise<T> | undefined;
  return (loading) => {
    made ??= make(loading).catch((error) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

const detector = once(async (loading): Promise<Detector> => {
  const { detector } = await loadBox();
  return loadDetector(await loadPart(detector, loading));
});

const embeds = once(async (loading): Promise<CropEmbedder | null> => {
  const { embedder: boxed } = await loadBox();
  if (boxed === null) return null;
  const { net } = decodeNet(await loadPart(boxed.part, loading), boxed.name);
  const [height, width] = net.description.imageShape;
  // One crop at a time: the backend compiles for each size of a batch.
  const flip = boxed.thresholds?.flip ?? "none";
  return { embed: withMirrored(embedder(net, { batchSize: 1 }), flip), height, width };
});

/** The box's detector, on the engine that is in use then. */
export async function boxDetector(loading: Loading): Promise<Detector> {
  await useFaceEngine(loading);
  return detector(loading);
}

/** The box's embedder, on the engine that is in use then, or null where there is none. */
export async function boxEmbedder(loading: Loading): Promise<CropEmbedder | null> {
  await useEngine(loading);
  return embeds(loading);
}

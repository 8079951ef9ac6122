import { readImage } from "@amface/images";
import type { SeenPhoto } from "./compare-faces.ts";
import { type Detectors, detectBoth } from "./sides.ts";

/** Shows photos to both detectors. */
export async function seePhotos<P extends { readonly path: string }>(
  detectors: Detectors,
  what: string,
  photos: readonly P[],
): Promise<(P & SeenPhoto)[]> {
  const seen: (P & SeenPhoto)[] = [];
  for (const photo of photos) {
    const image = await readImage(photo.path);
    const { width, height } = image;
    seen.push({ ...photo, width, height, found: detectBoth(detectors, image) });
    if (seen.length % 500 === 0) console.error(`${what}: ${seen.length} of ${photos.length} photos`);
  }
  return seen;
}

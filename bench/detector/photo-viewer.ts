import { type RgbImage, readImage } from "@amface/images";
import type { SeenPhoto } from "./compare-faces.ts";
import { type Detectors, detectBoth, type Found } from "./sides.ts";

/** Shows photos to both detectors, each once. */
export class PhotoViewer {
  readonly #detectors: Detectors;
  readonly #seen = new Map<string, { width: number; height: number; found: Found }>();

  constructor(detectors: Detectors) {
    this.#detectors = detectors;
  }

  /** @param what What the photos are called while they are looked at. */
  async see<P extends { readonly path: string }>(
    what: string,
    photos: readonly P[],
  ): Promise<(P & SeenPhoto)[]> {
    const result: (P & SeenPhoto)[] = [];
    for (const photo of photos) {
      if (!this.#seen.has(photo.path)) this.#seen.set(photo.path, this.look(await readImage(photo.path)));
      result.push({ ...photo, ...this.#seen.get(photo.path)! });
      if (result.length % 500 === 0) console.error(`${what}: ${result.length} of ${photos.length} photos`);
    }
    return result;
  }

  look(image: RgbImage): { width: number; height: number; found: Found } {
    return { width: image.width, height: image.height, found: detectBoth(this.#detectors, image) };
  }
}

import type { RgbImage } from "@amface/images";

/** The part of an aligned crop that shows the face from the brows to the chin, as shares of width and height. */
const FACE = { left: 0.16, right: 0.84, top: 0.36, bottom: 0.9 };

/**
 * How sharp an aligned face is: the variance of the Laplacian (4 neighbours) of its grey levels, divided by the
 * variance of the grey levels themselves, so that a dark or flat photo does not count as a blurred one. Hair, background and
 * black borders are left out.
 *
 * @param crop An aligned face of 112×96: the figure depends on the size.
 * @returns 0 for a plain image.
 */
export function sharpness({ data, width, height }: RgbImage): number {
  const grey = new Float64Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = 0.299 * data[3 * i] + 0.587 * data[3 * i + 1] + 0.114 * data[3 * i + 2];
  }
  const levels = new Variance();
  const edges = new Variance();
  for (let y = Math.round(height * FACE.top); y < Math.round(height * FACE.bottom); y++) {
    for (let x = Math.round(width * FACE.left); x < Math.round(width * FACE.right); x++) {
      const i = y * width + x;
      levels.add(grey[i]);
      edges.add(grey[i - 1] + grey[i + 1] + grey[i - width] + grey[i + width] - 4 * grey[i]);
    }
  }
  return levels.value > 0 ? edges.value / levels.value : 0;
}

class Variance {
  #count = 0;
  #sum = 0;
  #squares = 0;

  add(value: number): void {
    this.#count++;
    this.#sum += value;
    this.#squares += value * value;
  }

  get value(): number {
    return Math.max(0, this.#squares / this.#count - (this.#sum / this.#count) ** 2);
  }
}

import type { Picture } from "../messages.ts";
import { element } from "./element.ts";

/** A picture as a canvas that screen readers call `label`. */
export function pictureOf({ data, width, height }: Picture, label: string): HTMLCanvasElement {
  const canvas = element("canvas", { width, height, role: "img", "aria-label": label });
  const image = new ImageData(width, height);
  for (let i = 0, k = 0; k < data.length; i += 4, k += 3) {
    image.data.set(data.subarray(k, k + 3), i);
    image.data[i + 3] = 255;
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas;
}

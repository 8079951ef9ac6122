import type { RgbImage } from "@amface/images/browser";

/** A face as either side tells of it. */
export interface FoundFace {
  /** x1, y1, x2, y2 in pixels. */
  readonly box: readonly [number, number, number, number];
  readonly score: number;
}

/** What a side found in a frame, and how long that took from the canvas on. */
export interface Seen {
  readonly seconds: number;
  readonly faces: readonly FoundFace[];
}

/** How each side starts, said once for all of a page's sides. */
export interface Started {
  readonly threads: number;
  readonly software: string;
}

/** 8-bit RGB that lies in the site as bare numbers. */
export async function fetchPixels(url: string, width: number, height: number): Promise<RgbImage> {
  const response = await fetch(url, { cache: "no-store" });
  return { data: new Uint8Array(await response.arrayBuffer()), width, height };
}

const canvases = new Map<string, HTMLCanvasElement>();

/** A frame on a canvas, where both sides take it from; drawn once. */
export async function canvasOf(frame: string, width: number, height: number): Promise<HTMLCanvasElement> {
  const known = canvases.get(frame);
  if (known) return known;
  const { data } = await fetchPixels(`/frames/${frame}.rgb`, width, height);
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  const drawn = context.createImageData(width, height);
  for (let i = 0, from = 0; i < drawn.data.length; i += 4) {
    drawn.data.set([data[from++], data[from++], data[from++], 255], i);
  }
  context.putImageData(drawn, 0, 0);
  canvases.set(frame, canvas);
  return canvas;
}

export async function timed<T>(work: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const start = performance.now();
  const result = await work();
  return { seconds: (performance.now() - start) / 1000, result };
}

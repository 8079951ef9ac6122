import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { warpAffine } from "@amface/align";
import { renderScene } from "@amface/data";
import { type RgbImage, readImage } from "@amface/images";
import { findTrueFaces, type TrueFace } from "../detector/true-faces.ts";
import type { FoundFace } from "./page-frames.ts";

export const WIDTH = 640;
export const HEIGHT = 480;
/** Names scenes that the shipped detector did not learn from. */
const SEED = 20261129;
/** Faces of which less is seen are not asked for. */
const LEAST_VISIBLE = 0.5;
/** Height of faces, in pixels, that are counted by themselves. */
export const LARGE = 60;

export interface Frame {
  readonly set: "scenes" | "photos";
  readonly name: string;
  readonly image: RgbImage;
  /** Of generated scenes. */
  readonly truth: readonly TrueFace[];
}

/** Generated scenes of four people. */
export function sceneFrames(count: number): Frame[] {
  return Array.from({ length: count }, (_, scene) => {
    const { image, faces } = renderScene(scene, { width: WIDTH, height: HEIGHT, seed: SEED });
    const truth = faces.map(({ box, landmarks, visible }) => ({
      ...{ box, landmarks },
      isHidden: visible < LEAST_VISIBLE,
    }));
    return { set: "scenes", name: `scene-${scene}`, image, truth };
  });
}

/** Paths of `count` photos below a folder, evenly over all of them. */
export async function somePhotos(dir: string, count: number): Promise<string[]> {
  const paths = (await readdir(dir, { recursive: true })).filter((path) => path.endsWith(".jpg")).sort();
  const picked = Math.min(count, paths.length);
  return Array.from({ length: picked }, (_, i) => paths[Math.floor((i * paths.length) / picked)]);
}

/** Photos of LFW, 250×250, scaled to the frame's height in the middle of black. */
export async function photoFrames(dir: string, count: number): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (const [i, path] of (await somePhotos(dir, count)).entries()) {
    const photo = await readImage(join(dir, path));
    const scale = HEIGHT / photo.height;
    const toFrame = [
      [scale, 0, (WIDTH - scale * photo.width) / 2],
      [0, scale, 0],
    ] as const;
    frames.push({
      ...{ set: "photos", name: `photo-${i}`, truth: [] },
      image: warpAffine(photo, toFrame, HEIGHT, WIDTH),
    });
  }
  return frames;
}

/** What a detector found of what there is. */
export interface Score {
  readonly faces: { readonly all: number; readonly found: number };
  readonly large: { readonly all: number; readonly found: number };
  /** Boxes in scenes that belong to nobody. */
  readonly others: number;
  /** Photos with a box over their middle, where LFW has the person. */
  readonly middles: { readonly all: number; readonly found: number };
}

/** @param found Faces by the frame's name. */
export function scoreOf(frames: readonly Frame[], found: ReadonlyMap<string, readonly FoundFace[]>): Score {
  const count = { all: 0, found: 0 };
  const [faces, large, middles] = [{ ...count }, { ...count }, { ...count }];
  let others = 0;
  for (const { set, name, truth } of frames) {
    const boxes = found.get(name) ?? [];
    if (set === "photos") {
      middles.all++;
      const over = ([x1, y1, x2, y2]: FoundFace["box"]) =>
        x1 < WIDTH / 2 && x2 > WIDTH / 2 && y1 < HEIGHT / 2 && y2 > HEIGHT / 2;
      if (boxes.some(({ box }) => over(box))) middles.found++;
      continue;
    }
    const partners = findTrueFaces(truth, boxes);
    others += boxes.length - partners.filter(Boolean).length;
    for (const [i, { box, isHidden }] of truth.entries()) {
      if (isHidden) continue;
      for (const tally of box[3] - box[1] >= LARGE ? [faces, large] : [faces]) {
        tally.all++;
        if (partners[i]) tally.found++;
      }
    }
  }
  return { faces, large, others, middles };
}

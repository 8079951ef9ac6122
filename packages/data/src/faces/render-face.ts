import type { RgbImage } from "@amface/images";
import { Random } from "../random.ts";
import { expose, light } from "./camera.ts";
import { Canvas } from "./canvas.ts";
import { drawBackground } from "./draw-background.ts";
import { drawEyes } from "./draw-eyes.ts";
import { drawBackHair, drawFrontHair } from "./draw-hair.ts";
import { drawBeard, drawHead, drawSkin, faceOutline } from "./draw-head.ts";
import { drawMouth, drawNose, LIP_LIFT, mouthCorner } from "./draw-nose-mouth.ts";
import { drawWear } from "./draw-wear.ts";
import { drawIdentity, EYE_Y } from "./face-identity.ts";
import { HeadProjection } from "./head-pose.ts";
import { drawConditions } from "./photo-conditions.ts";
import type { Scene } from "./scene.ts";

/** A generated photo with what is known of it exactly. Coordinates in pixels, x right, y down. */
export interface RenderedFace {
  readonly image: RgbImage;
  /** Left eye (smaller x), right eye, tip of the nose, left and right corner of the mouth. */
  readonly landmarks: FaceLandmarks;
  /** The face's outline without hair and ears: x1, y1, x2, y2; may pass the picture's edge. */
  readonly box: readonly [number, number, number, number];
  /** The quality, 35..95, at which this photo would be stored as JPEG. */
  readonly jpegQuality: number;
}

type Point = readonly [number, number];
export type FaceLandmarks = readonly [Point, Point, Point, Point, Point];

export interface RenderOptions {
  /** Width and height in pixels, default 128. */
  readonly size?: number;
  /** Names the population: identity 7 of one seed is not identity 7 of another. Default 0. */
  readonly seed?: number;
}

/**
 * Draws photo `photo` of generated person `identity`: a cartoon of a face, the same bytes for the same
 * numbers on every JavaScript runtime. The person fixes proportions, features, marks and colouring; the
 * photo varies pose, expression, hair, light, background, occlusion, blur, noise and white balance.
 *
 * @throws {RangeError} When `identity`, `photo` or the seed is not an integer, or the size not 32..1024.
 */
export function renderFace(identity: number, photo: number, options: RenderOptions = {}): RenderedFace {
  const sitting = sit(identity, photo, options);
  const { who, photo: conditions, head, size } = sitting;
  const scene: Scene = { ...sitting, canvas: new Canvas(size, size) };
  const outline = head.rim(faceOutline(who));
  paint(scene, outline);
  return {
    image: scene.canvas.toImage(),
    landmarks: landmarksOf(sitting),
    box: boundingBox(outline),
    jpegQuality: conditions.camera.jpegQuality,
  };
}

/** The landmarks that `renderFace` gives, without drawing the picture. Same parameters, same errors. */
export function faceLandmarks(identity: number, photo: number, options: RenderOptions = {}): FaceLandmarks {
  return landmarksOf(sit(identity, photo, options));
}

type Sitting = Omit<Scene, "canvas"> & { readonly size: number };

/** Who sits for the photo, and how. */
function sit(identity: number, photo: number, { size = 128, seed = 0 }: RenderOptions): Sitting {
  if (!Number.isInteger(size) || size < 32 || size > 1024) {
    throw new RangeError(`Cannot render a face: expected a size of 32 to 1024 pixels, got ${size}`);
  }
  const who = drawIdentity(new Random("identity", seed, identity));
  const random = new Random("photo", seed, identity, photo);
  const conditions = drawConditions(who, random, size);
  return { who, random, photo: conditions, head: new HeadProjection(conditions.pose), size };
}

function landmarksOf({ who, photo, head }: Sitting): FaceLandmarks {
  const corner = mouthCorner(who, photo);
  return [
    head.point(-who.eye.x, EYE_Y),
    head.point(who.eye.x, EYE_Y),
    head.point(0, who.nose.y, who.nose.height),
    head.point(-corner.x, corner.y, LIP_LIFT),
    head.point(corner.x, corner.y, LIP_LIFT),
  ];
}

function paint(scene: Scene, outline: number[]): void {
  drawBackground(scene);
  const background = scene.canvas.data.slice();
  drawBackHair(scene);
  drawHead(scene, outline);
  scene.canvas.within(outline, () => {
    drawSkin(scene);
    drawBeard(scene);
  });
  drawMouth(scene);
  drawEyes(scene);
  drawNose(scene);
  drawFrontHair(scene);
  drawWear(scene);
  light(scene, background);
  expose(scene);
}

function boundingBox(path: readonly number[]): [number, number, number, number] {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < path.length; i += 2) {
    box[0] = Math.min(box[0], path[i]);
    box[1] = Math.min(box[1], path[i + 1]);
    box[2] = Math.max(box[2], path[i]);
    box[3] = Math.max(box[3], path[i + 1]);
  }
  return box;
}

import type { RgbImage } from "@amface/images";
import { Canvas } from "../drawing/canvas.ts";
import { Random } from "../numbers/random.ts";
import { expose, lightBackground } from "./camera.ts";
import { drawBackground } from "./draw-background.ts";
import { drawIdentity } from "./draw-identity.ts";
import {
  boundingBox,
  drawPerson,
  type FaceBox,
  type FaceLandmarks,
  landmarksOf,
  outlineOf,
  type Sitting,
} from "./draw-person.ts";
import { HeadProjection } from "./head-pose.ts";
import { drawConditions } from "./photo-conditions.ts";

/** A generated photo with what is known of it exactly. Coordinates in pixels, x right, y down. */
export interface RenderedFace {
  readonly image: RgbImage;
  /** Left eye (smaller x), right eye, tip of the nose, left and right corner of the mouth. */
  readonly landmarks: FaceLandmarks;
  /** The face's outline without hair and ears: x1, y1, x2, y2; may pass the picture's edge. */
  readonly box: FaceBox;
  /** The quality, 45..95, at which this photo would be stored as JPEG. */
  readonly jpegQuality: number;
}

export interface RenderOptions {
  /** Width and height in pixels, default 128. */
  readonly size?: number;
  /** Names the population: identity 7 of one seed is not identity 7 of another. Default 0. */
  readonly seed?: number;
}

/**
 * Draws photo `photo` of generated person `identity`: a drawing of a face, the same bytes for the same
 * numbers on every JavaScript runtime. The person fixes proportions, features, relief, marks and colouring; the
 * photo varies pose, expression, hair, light, background, occlusion, blur, noise and white balance.
 *
 * @throws {RangeError} When `identity`, `photo` or the seed is not an integer, or the size not 32..1024.
 */
export function renderFace(identity: number, photo: number, options: RenderOptions = {}): RenderedFace {
  const sitting = sit(identity, photo, options);
  const { size = 128 } = options;
  const { head, random } = sitting;
  const { light, camera } = sitting.photo;
  const canvas = new Canvas(size, size);
  const outline = outlineOf(sitting);
  drawBackground(canvas, random);
  lightBackground(canvas, light, head);
  drawPerson({ ...sitting, canvas }, outline);
  expose(canvas, camera, random);
  return {
    image: canvas.toImage(),
    landmarks: landmarksOf(sitting),
    box: boundingBox(outline),
    jpegQuality: camera.jpegQuality,
  };
}

/** The landmarks that `renderFace` gives, without drawing the picture. Same parameters, same errors. */
export function faceLandmarks(identity: number, photo: number, options: RenderOptions = {}): FaceLandmarks {
  return landmarksOf(sit(identity, photo, options));
}

/** Who sits for the photo, and how. */
function sit(identity: number, photo: number, { size = 128, seed = 0 }: RenderOptions): Sitting {
  if (!Number.isInteger(size) || size < 32 || size > 1024) {
    throw new RangeError(`Cannot render a face: expected a size of 32 to 1024 pixels, got ${size}`);
  }
  const who = drawIdentity(new Random("identity", seed, identity));
  const random = new Random("photo", seed, identity, photo);
  const conditions = drawConditions(who, random, size);
  return { who, random, photo: conditions, head: new HeadProjection(conditions.pose) };
}

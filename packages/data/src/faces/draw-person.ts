import type { Path } from "../drawing/path.ts";
import { lightPerson } from "./camera.ts";
import { drawEyes } from "./draw-eyes.ts";
import { drawBackHair, drawFrontHair } from "./draw-hair.ts";
import { drawBeard, drawHead, drawSkin, faceOutline } from "./draw-head.ts";
import { drawMouth, drawNose, LIP_LIFT, mouthCorner } from "./draw-nose-mouth.ts";
import { drawWear } from "./draw-wear.ts";
import { EYE_Y } from "./face-identity.ts";
import type { Scene } from "./scene.ts";

type Point = readonly [number, number];

/** Left eye (smaller x), right eye, tip of the nose, left and right corner of the mouth; pixels, x right, y down. */
export type FaceLandmarks = readonly [Point, Point, Point, Point, Point];

/** x1, y1, x2, y2 in pixels; may pass the picture's edge. */
export type FaceBox = readonly [number, number, number, number];

/** A person who sits for a photo, before there is a canvas. */
export type Sitting = Omit<Scene, "canvas">;

/** The outline of the face without hair and ears, as a polygon in the picture. */
export function outlineOf({ who, head }: Sitting): number[] {
  return head.rim(faceOutline(who));
}

/** Draws and lights a person over whatever is there. */
export function drawPerson(scene: Scene, outline: Path): void {
  const { canvas } = scene;
  const background = canvas.data.slice();
  drawBackHair(scene);
  drawHead(scene, outline);
  canvas.within(outline, () => {
    drawSkin(scene);
    drawBeard(scene);
  });
  drawMouth(scene);
  drawEyes(scene);
  drawNose(scene);
  const bare = canvas.data.slice();
  drawFrontHair(scene);
  drawWear(scene);
  lightPerson(scene, background, bare);
}

/** Where the five landmarks fall, whether they can be seen or not. */
export function landmarksOf({ who, photo, head }: Sitting): FaceLandmarks {
  const corner = mouthCorner(who, photo);
  return [
    head.point(-who.eye.x, EYE_Y),
    head.point(who.eye.x, EYE_Y),
    head.point(0, who.nose.y, who.nose.height),
    head.point(-corner.x, corner.y, LIP_LIFT),
    head.point(corner.x, corner.y, LIP_LIFT),
  ];
}

/** The smallest box around a path. */
export function boundingBox(path: Path): FaceBox {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < path.length; i += 2) {
    box[0] = Math.min(box[0], path[i]);
    box[1] = Math.min(box[1], path[i + 1]);
    box[2] = Math.max(box[2], path[i]);
    box[3] = Math.max(box[3], path[i + 1]);
  }
  return box;
}

import { ellipse, smoothLine, smoothLoop, stroke } from "../drawing/path.ts";
import type { FaceIdentity } from "./face-identity.ts";
import type { PhotoConditions } from "./photo-conditions.ts";
import { BLACK, type Scene, shade, WHITE } from "./scene.ts";

/** What the light on the nose's relief does not show: nostrils and the edge of the wings. */
export function drawNose({ canvas, head, who }: Scene): void {
  const { y, width, height } = who.nose;
  const dark = shade(who.skin, 0.42);
  const wing = width * 0.62;
  for (const side of [-1, 1] as const) {
    const nostril = ellipse(side * wing * 0.72, y + 0.055, wing * 0.38, 0.026, side * -18, 12);
    canvas.fill([head.surface(nostril, height * 0.45)], BLACK, 0.75);
    // biome-ignore format: pairs of coordinates
    const line = smoothLine([
      side * width * 0.88, y - 0.09, side * width * 1.08, y - 0.01, side * width * 0.97, y + 0.055, side * width * 0.6, y + 0.06,
    ]);
    canvas.fill(
      [
        head.surface(
          stroke(line, () => 0.025),
          height * 0.3,
        ),
      ],
      dark,
      0.35,
    );
  }
}

/** How far the lips stand out from the face. */
export const LIP_LIFT = 0.04;

/** Mouth corners in head units: smiling moves them up and out. */
export function mouthCorner(
  { mouth }: FaceIdentity,
  { expression }: PhotoConditions,
): { x: number; y: number } {
  const { smile } = expression;
  return { x: mouth.width * (1 + (smile > 0 ? 0.2 : 0.1) * smile), y: mouth.y - mouth.corner - smile * 0.05 };
}

/** Lips, and teeth and tongue where the mouth is open. */
export function drawMouth({ canvas, head, who, photo }: Scene): void {
  const { mouth } = who;
  const corner = mouthCorner(who, photo);
  const gap = photo.expression.open * 0.2;
  const tight = 1 - 0.3 * Math.max(0, photo.expression.smile);
  const upper = mouth.upper * tight;
  const lower = mouth.lower * tight;
  const y = mouth.y;
  const half = corner.x * 0.5;
  const middle = y + gap * 0.5;
  const topLine = [-corner.x, corner.y, -half, y - 0.01, 0, y, half, y - 0.01, corner.x, corner.y];
  const lowLine = [corner.x, corner.y, half, middle + gap * 0.4, 0, y + gap, -half, middle + gap * 0.4];
  // biome-ignore format: pairs of coordinates
  const upperLip = smoothLoop([
    -corner.x, corner.y, -half, y - upper * 0.8, -half * 0.3, y - upper - mouth.bow * 0.5, 0, y - upper + mouth.bow,
    half * 0.3, y - upper - mouth.bow * 0.5, half, y - upper * 0.8, corner.x, corner.y, half, y, 0, y + 0.01, -half, y,
  ]);
  // biome-ignore format: pairs of coordinates
  const lowerLip = smoothLoop([
    -corner.x, corner.y, -half, middle + gap * 0.4, 0, y + gap, half, middle + gap * 0.4, corner.x, corner.y,
    half * 1.1, y + gap + lower * 0.75, 0, y + gap + lower, -half * 1.1, y + gap + lower * 0.75,
  ]);
  if (gap > 0) {
    const inside = head.surface(smoothLoop([...topLine, ...lowLine.slice(2)]), LIP_LIFT - 0.03);
    canvas.fill([inside], [0.06, 0.012, 0.012]);
    canvas.within(inside, () => {
      const teeth = ellipse(0, y - 0.02, corner.x * 0.8, Math.min(0.11, gap * 0.75), 0, 16);
      canvas.fill([head.surface(teeth, LIP_LIFT - 0.04)], [0.75, 0.72, 0.65]);
    });
  }
  canvas.fill([head.surface(lowerLip, LIP_LIFT)], who.lips);
  canvas.fill([head.surface(upperLip, LIP_LIFT)], shade(who.lips, 0.75));
  if (gap === 0)
    canvas.fill(
      [
        head.surface(
          stroke(smoothLine(topLine), (t) => 0.03 * (1.2 - t * t)),
          LIP_LIFT,
        ),
      ],
      BLACK,
      0.6,
    );
  const [x, spotY] = head.point(0, y + gap + lower * 0.5, LIP_LIFT);
  canvas.spot(x, spotY, half * 0.6 * head.pose.scale, lower * 0.4 * head.pose.scale, WHITE, 0.2);
}

import { ellipse, smoothLine, smoothLoop, stroke } from "../drawing/path.ts";
import { EYE_Y, type FaceIdentity } from "./face-identity.ts";
import type { PhotoConditions } from "./photo-conditions.ts";
import { BLACK, type Scene, shade, WHITE } from "./scene.ts";

/** Both eyes and brows. */
export function drawEyes(scene: Scene): void {
  for (const side of [-1, 1] as const) {
    drawEye(scene, side);
    drawBrow(scene, side);
  }
}

/** Lid heights over the eye's middle line for an eye as open as in this photo. */
function lids({ eye }: FaceIdentity, { expression }: PhotoConditions): { upper: number; lower: number } {
  return { upper: eye.height * expression.lids, lower: eye.height * (0.55 + 0.1 * expression.lids) };
}

function drawEye(scene: Scene, side: -1 | 1): void {
  const { canvas, head, who, photo } = scene;
  const { eye } = who;
  const { scale } = head.pose;
  const { upper, lower } = lids(who, photo);
  // From the inner to the outer corner; t -1..1, h upwards.
  const at = (t: number, h: number): [number, number] => [
    side * (eye.x + t * eye.width),
    EYE_Y - eye.slant * t * eye.width - h,
  ];
  const dark = shade(who.skin, 0.4);
  const [sx, sy] = head.point(side * (eye.x - 0.02), EYE_Y - 0.03);
  canvas.spot(sx, sy, (eye.width + 0.1) * scale, 0.18 * scale, dark, 0.2);
  if (eye.bag > 0) {
    const line = smoothLine([
      ...at(-0.9, -lower * 0.9 - 0.02),
      ...at(0, -lower - 0.07),
      ...at(0.8, -lower * 0.7 - 0.03),
    ]);
    canvas.fill([head.surface(stroke(line, (t) => 0.03 * (1 - t * t)))], dark, 0.5 * eye.bag);
  }

  const top = [
    ...at(-1, 0),
    ...at(-0.55, upper * 0.8),
    ...at(0, upper),
    ...at(0.55, upper * 0.85),
    ...at(1, 0),
  ];
  const opening = smoothLoop([
    ...top,
    ...at(0.55, -lower * 0.75),
    ...at(0, -lower),
    ...at(-0.55, -lower * 0.7),
  ]);
  const shape = head.surface(opening, 0.01);
  canvas.fill([shape], [0.42, 0.4, 0.39]);
  const [gx, gy] = photo.expression.gaze;
  const x = side * eye.x + gx * eye.width * 0.3;
  const y = EYE_Y + gy * eye.height * 0.3 - upper * 0.15;
  canvas.within(shape, () => {
    canvas.fill([head.surface(ellipse(x, y, eye.iris, eye.iris), 0.02)], eye.color);
    canvas.fill([head.surface(ellipse(x, y, eye.iris * 0.45, eye.iris * 0.45, 0, 12), 0.02)], BLACK);
    const [hx, hy] = head.point(x - 0.025, y - 0.025, 0.03);
    canvas.spot(hx, hy, 0.03 * scale, 0.03 * scale, WHITE, 0.9);
    canvas.fill([head.surface(stroke(smoothLine(top), () => eye.height * 0.8))], BLACK, 0.5);
  });
  canvas.fill(
    [
      head.surface(
        stroke(smoothLine(top), (t) => eye.lash * (0.5 + t)),
        0.012,
      ),
    ],
    BLACK,
    0.85,
  );
  if (eye.crease > 0) {
    const gap = 0.03 + 0.03 * eye.crease;
    const line = smoothLine([
      ...at(-0.85, upper * 0.5 + gap),
      ...at(0, upper + gap),
      ...at(1.02, upper * 0.4 + gap),
    ]);
    canvas.fill([head.surface(stroke(line, () => 0.018))], dark, 0.4 + 0.5 * eye.crease);
  }
}

function drawBrow({ canvas, head, who, photo }: Scene, side: -1 | 1): void {
  const { brow, eye } = who;
  const { raise, frown } = photo.expression;
  const y = EYE_Y - brow.gap - raise;
  const from = eye.x - eye.width * 0.95 + brow.inner - frown * 0.6;
  // biome-ignore format: pairs of coordinates
  const line = smoothLine([
    side * from, y + brow.slant * 0.12 + frown,
    side * (from + brow.width * 0.8), y - brow.arch * 0.7,
    side * (from + brow.width * 1.3), y - brow.arch - brow.slant * 0.06,
    side * (from + brow.width * 2), y - brow.slant * 0.12 + brow.arch * 0.3,
  ]);
  const width = (t: number) => brow.thickness * (t < 0.3 ? 0.75 + 0.8 * t : 1.42 * (1 - t) + 0.05);
  const color = shade(who.hair, 0.7);
  canvas.fill([head.surface(stroke(line, width), 0.02)], color, 0.85);
}

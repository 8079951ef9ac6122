import { ellipse, reversed, smoothLine, smoothLoop, stroke } from "../drawing/path.ts";
import { EYE_Y } from "./face-identity.ts";
import { type Scene, shade, WHITE } from "./scene.ts";

/** Glasses, a hat and whatever else comes between the face and the camera. */
export function drawWear(scene: Scene): void {
  drawGlasses(scene);
  if (scene.photo.wear.hat) drawHat(scene);
  drawOccluder(scene);
}

function drawGlasses({ canvas, head, who, photo, random }: Scene): void {
  const { glasses, frame } = photo.wear;
  if (glasses === "none") return;
  const x = who.eye.x + 0.02;
  const rx = random.uniform(0.19, 0.26);
  const ry = random.uniform(0.13, 0.22);
  const corners = random.pick([6, 8, 20]);
  for (const side of [-1, 1]) {
    const outer = head.surface(ellipse(side * x, EYE_Y + 0.02, rx, ry, 22, corners), 0.12);
    const inner = head.surface(ellipse(side * x, EYE_Y + 0.02, rx - 0.035, ry - 0.035, 22, corners), 0.12);
    if (glasses === "sun") canvas.fill([outer], [0.012, 0.01, 0.012], 0.93);
    canvas.fill([outer, reversed(inner)], frame);
    const [hx, hy] = head.point(side * x - 0.06, EYE_Y - 0.05, 0.12);
    canvas.spot(
      hx,
      hy,
      0.14 * head.pose.scale,
      0.05 * head.pose.scale,
      WHITE,
      random.uniform(0, 0.7),
      0.8,
      0.6,
    );
    const arm = [side * (x + rx), EYE_Y - 0.03, side * who.face.width, EYE_Y - 0.06];
    canvas.fill(
      [
        head.surface(
          stroke(arm, () => 0.04),
          0.05,
        ),
      ],
      frame,
    );
  }
  const bridge = smoothLine([-(x - rx), EYE_Y - 0.02, 0, EYE_Y - 0.06, x - rx, EYE_Y - 0.02]);
  canvas.fill(
    [
      head.surface(
        stroke(bridge, () => 0.04),
        0.14,
      ),
    ],
    frame,
  );
}

function drawHat({ canvas, head, who, photo, random }: Scene): void {
  const w = who.face.width;
  const brim = random.uniform(-0.6, -0.38);
  const color = photo.wear.hatColor;
  // biome-ignore format: pairs of coordinates
  const crown = [
    -w - 0.1, brim,
    -w - 0.05, -0.9,
    -w * 0.5, -1.32,
    w * 0.5, -1.32,
    w + 0.05, -0.9,
    w + 0.1, brim,
  ];
  canvas.fill(
    [[...head.rim(smoothLine(crown)), ...head.surface([w * 0.5, brim + 0.06, -w * 0.5, brim + 0.06], 0.1)]],
    color,
  );
  if (random.chance(0.5)) {
    const peak = smoothLoop([-w * 1.1, brim, 0, brim - 0.12, w * 1.1, brim, 0, brim + 0.16]);
    canvas.fill([head.surface(peak, 0.25)], shade(color, 0.6));
  }
}

function drawOccluder({ canvas, head, photo }: Scene): void {
  const thing = photo.wear.occluder;
  if (!thing) return;
  const { x, y, scale } = head.pose;
  const path = ellipse(
    x + thing.x * scale,
    y + thing.y * scale,
    thing.rx * scale,
    thing.ry * scale,
    thing.angle,
    thing.round ? 20 : 4,
  );
  canvas.fill([path], thing.color);
}

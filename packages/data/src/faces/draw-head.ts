import { mirror, type Path, smoothLine, smoothLoop, stroke } from "../drawing/path.ts";
import type { FaceIdentity } from "./face-identity.ts";
import { BLACK, type Scene, shade } from "./scene.ts";

/** The face's outline from the front, in head units, clockwise from the top of the skull. */
export function faceOutline({ face }: FaceIdentity): number[] {
  // biome-ignore format: pairs of coordinates
  const right = [
    face.width * 0.6, -0.93,
    face.width * 0.97, -0.5,
    face.width, -0.12,
    face.cheek * 0.97, 0.27,
    face.jaw * 1.06, face.chin * 0.68,
    face.chinWidth, face.chin * 0.955,
  ];
  return smoothLoop([0, -1.05, ...right, 0, face.chin, ...mirror(right)]);
}

/** Neck, shoulders, ears and the bare face: everything behind the features. */
export function drawHead(scene: Scene, outline: Path): void {
  const { canvas, head, who, photo } = scene;
  const { x, y, scale } = head.pose;
  const neck = who.face.jaw * 0.78;
  const low = y + 1.5 * scale;
  // biome-ignore format: pairs of coordinates
  const collar = smoothLine([
    x - 2.3 * scale, low + 1.5 * scale,
    x - 2.1 * scale, low + 0.5 * scale,
    x - neck * 1.2 * scale, low - 0.12 * scale,
    x + neck * 1.2 * scale, low - 0.12 * scale,
    x + 2.1 * scale, low + 0.5 * scale,
    x + 2.3 * scale, low + 1.5 * scale,
  ]);
  const bottom = Math.max(canvas.height, low + 2 * scale);
  const shoulder = [...collar, x + 2.3 * scale, bottom, x - 2.3 * scale, bottom];
  const [left, top] = head.rim([-neck, 0.45]);
  const [right, topRight] = head.rim([neck, 0.45]);
  // biome-ignore format: pairs of coordinates
  const throat = [
    left, top,
    right, topRight,
    x + neck * scale * 1.1, low + 0.3 * scale,
    x - neck * scale * 1.1, low + 0.3 * scale,
  ];
  canvas.fill([throat], shade(who.skin, 0.55));
  canvas.fill([shoulder], photo.wear.clothes);
  drawEars(scene);
  canvas.fill([outline], who.skin);
}

function drawEars({ canvas, head, who }: Scene): void {
  const { size, out } = who.ear;
  const w = who.face.width;
  // biome-ignore format: pairs of coordinates
  const ear = smoothLoop([
    w - 0.06, -0.2,
    w + out, -0.2 - size * 0.4,
    w + out + 0.04, -0.05,
    w + out * 0.6, size,
    w - 0.05, size * 1.1,
  ]);
  const inner = smoothLoop([w, -0.12, w + out * 0.7, -0.15 - size * 0.2, w + out * 0.7, 0, w, size * 0.6]);
  for (const path of [ear, mirror(ear)]) canvas.fill([head.rim(path, -0.25)], shade(who.skin, 0.85));
  for (const path of [inner, mirror(inner)]) canvas.fill([head.rim(path, -0.25)], shade(who.skin, 0.5), 0.6);
}

/** Cheeks, folds, chin, freckles and moles. */
export function drawSkin({ canvas, head, who, photo }: Scene): void {
  const { scale } = head.pose;
  const smile = Math.max(0, photo.expression.smile);
  const dark = shade(who.skin, 0.45);
  for (const side of [-1, 1]) {
    const [cx, cy] = head.point(side * 0.42, 0.3);
    canvas.spot(
      cx,
      cy,
      0.3 * scale,
      0.24 * scale,
      [who.skin[0] * 1.05, who.skin[1] * 0.7, who.skin[2] * 0.7],
      0.2,
    );
    const fold = 0.2 * Math.max(0, who.fold) + 0.25 * smile;
    const nose = who.nose;
    // biome-ignore format: pairs of coordinates
    const line = smoothLine([
      side * (nose.width + 0.02), nose.y - 0.03,
      side * (nose.width + 0.1), nose.y + 0.09,
      side * (who.mouth.width + 0.06), who.mouth.y + 0.02,
    ]);
    canvas.fill([head.surface(stroke(line, (t) => 0.03 * (1 - t)))], dark, fold);
  }
  const [lx, ly] = head.point(0, who.mouth.y + who.mouth.lower + 0.09);
  canvas.spot(lx, ly, 0.2 * scale, 0.07 * scale, dark, 0.2);
  if (who.cleft > 0) {
    const cleft = smoothLine([0, who.face.chin - 0.12, 0, who.face.chin - 0.03]);
    canvas.fill([head.surface(stroke(cleft, (t) => 0.035 * (1 - t)))], dark, who.cleft * 0.7);
  }
  // Golden-angle steps spread the freckles evenly without a draw for each.
  for (let i = 0; i < who.freckles; i++) {
    const t = (i * 0.618034) % 1;
    const [fx, fy] = head.point((t - 0.5) * 1.1, 0.1 + 0.28 * ((i * 0.381966 * 7) % 1));
    canvas.spot(fx, fy, 0.028 * scale, 0.028 * scale, dark, 0.55);
  }
  for (const mark of who.marks) {
    const [mx, my] = head.point(mark.x * who.face.width, mark.y);
    canvas.spot(mx, my, mark.size * 2 * scale, mark.size * 2 * scale, shade(BLACK, 2), mark.dark);
  }
}

/** The part of the beard that grew for this photo; to be drawn inside the face's outline. */
export function drawBeard({ canvas, head, who, photo, random }: Scene): void {
  const alpha = who.beard.strength * photo.beard;
  if (who.beard.style === "none" || alpha === 0) return;
  const color = shade(photo.hair.color, 0.8);
  const { y, width, lower } = who.mouth;
  const lip = who.nose.y + 0.06;
  // biome-ignore format: pairs of coordinates
  const moustache = smoothLoop([
    -width * 1.15, y + 0.06, -width * 0.6, lip + 0.03, 0, lip, width * 0.6, lip + 0.03, width * 1.15, y + 0.06,
    width * 0.5, y - 0.005, 0, y - 0.015, -width * 0.5, y - 0.005,
  ]);
  if (who.beard.style !== "goatee" || random.chance(0.5))
    canvas.fill([head.surface(moustache, 0.02)], color, alpha);
  if (who.beard.style === "moustache") return;
  const chin = who.face.chin + 0.2;
  const wide = who.beard.style === "full" ? who.face.width * 1.1 : width * 1.1;
  const top = who.beard.style === "full" ? 0.25 : y + 0.02;
  // biome-ignore format: pairs of coordinates
  const inner = [
    -width * 1.3, y + 0.02,
    -width * 0.5, y + lower + 0.06,
    width * 0.5, y + lower + 0.06,
    width * 1.3, y + 0.02,
  ];
  // biome-ignore format: pairs of coordinates
  const full = smoothLoop([
    -wide, top,
    ...inner,
    wide, top,
    wide * 0.9, chin,
    0, chin + 0.1,
    -wide * 0.9, chin,
  ]);
  canvas.fill([head.surface(full)], color, alpha);
}

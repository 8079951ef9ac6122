import type { Canvas, Rgb } from "../drawing/canvas.ts";
import type { Random } from "../numbers/random.ts";
import type { HeadProjection } from "./head-pose.ts";
import type { PhotoConditions } from "./photo-conditions.ts";
import { Relief, type ReliefSample } from "./relief.ts";
import type { Scene } from "./scene.ts";

type Light = PhotoConditions["light"];

// The ellipsoid as which hair, hat and clothes are lit, in head units: a little larger than the head.
const HALF_WIDTH = 1.08;
const HALF_HEIGHT = 1.45;

/** The share of the light's strength that falls on the background. */
const EVEN = 0.7;

/** How far light reaches round into the shade, for red, green and blue: skin lets some through. */
const WRAP: Rgb = [0.3, 0.18, 0.12];
const NO_WRAP: Rgb = [0, 0, 0];

/**
 * Lights everything drawn so far evenly.
 *
 * @param head In whose frame the light's shadow lies; without one there is no shadow.
 */
export function lightBackground(canvas: Canvas, light: Light, head?: HeadProjection): void {
  const { width, height, data } = canvas;
  const { color, ambient, strength } = light;
  const even = ambient.map((around, c) => around + strength * EVEN * color[c]);
  for (let row = 0; row < height; row++) {
    for (let col = 0; col < width; col++) {
      const p = (row * width + col) * 3;
      if (head && light.shadow) {
        const shaded = shadowAt(light, ...head.unplace(col + 0.5, row + 0.5));
        for (let c = 0; c < 3; c++) data[p + c] *= ambient[c] + strength * EVEN * shaded * color[c];
      } else {
        for (let c = 0; c < 3; c++) data[p + c] *= even[c];
      }
    }
  }
}

/**
 * Lights a person: the face by the slopes of its relief with a little shine, less of the surrounding light in
 * its hollows; hair, clothes and whatever else as if the head were an ellipsoid (Lambert's cosine law).
 *
 * @param background The canvas before the person was drawn: what still equals it is left as it is.
 * @param bare The canvas before hair and wear: what still equals it is skin.
 */
export function lightPerson(scene: Scene, background: Float32Array, bare: Float32Array): void {
  const { canvas, head, photo } = scene;
  const { width, height, data } = canvas;
  const { x, y, scale } = head.pose;
  const skin = skinLight(scene);
  const rest = roundLight(scene);
  const lit = new Float64Array(4);
  const left = Math.max(0, Math.floor(x - 2.8 * scale));
  const right = Math.min(width, Math.ceil(x + 2.8 * scale));
  for (let row = Math.max(0, Math.floor(y - 2.2 * scale)); row < height; row++) {
    for (let col = left; col < right; col++) {
      const p = (row * width + col) * 3;
      if (data[p] === background[p] && data[p + 1] === background[p + 1]) continue;
      const place = head.unplace(col + 0.5, row + 0.5);
      const u = place[0];
      const v = place[1];
      const shaded = shadowAt(photo.light, u, v);
      const isSkin = data[p] === bare[p] && data[p + 1] === bare[p + 1];
      if (isSkin) skin(u, v, shaded, lit);
      else rest(u, v, shaded, lit);
      for (let c = 0; c < 3; c++) data[p + c] = data[p + c] * lit[c] + lit[3];
    }
  }
}

/** Writes red, green and blue light and the shine at a place in the frame of `unplace`. */
type LightAt = (u: number, v: number, shaded: number, out: Float64Array) => void;

function skinLight({ head, who, photo }: Scene): LightAt {
  const relief = new Relief(who, photo);
  const { direction, strength, shine: gloss } = photo.light;
  const [lx, ly, lz] = direction;
  const half = Math.sqrt(lx * lx + ly * ly + (lz + 1) * (lz + 1));
  const at = new Float64Array(3);
  const normal = new Float64Array(3);
  const here: ReliefSample = { slopeX: 0, slopeY: 0, open: 1, tone: 1 };
  return (u, v, shaded, out) => {
    head.meet(u, v, at);
    relief.at(at[0], at[1], here);
    head.normal(at, here.slopeX, here.slopeY, normal);
    const nx = normal[0];
    const ny = normal[1];
    const nz = normal[2];
    const cosine = nx * lx + ny * ly + nz * lz;
    const around = here.open * (1 - 0.25 * ny);
    shine(photo.light, cosine, WRAP, shaded * (0.4 + 0.6 * here.open), around, here.tone, out);
    const mirrored = Math.max(0, (nx * lx + ny * ly + nz * (lz + 1)) / half);
    const fourth = mirrored * mirrored * mirrored * mirrored;
    out[3] = fourth * fourth * fourth * gloss * 0.35 * strength * shaded * here.open;
  };
}

function roundLight({ head, photo }: Scene): LightAt {
  const shift = head.pose.yaw / 250;
  const { direction } = photo.light;
  return (u, v, shaded, out) => {
    const nx = (u - shift) / HALF_WIDTH;
    const ny = v / HALF_HEIGHT;
    const r2 = nx * nx + ny * ny;
    const nz = Math.sqrt(Math.max(0.1, 1 - r2));
    const cosine = (nx * direction[0] + ny * direction[1] + nz * direction[2]) / Math.sqrt(r2 + nz * nz);
    shine(photo.light, cosine, NO_WRAP, shaded, 1, 1, out);
    out[3] = 0;
  };
}

/** The light of lamp and surroundings on a surface, for each colour. */
function shine(
  { color, ambient, strength }: Light,
  cosine: number,
  wrap: Rgb,
  shaded: number,
  around: number,
  tone: number,
  out: Float64Array,
): void {
  for (let c = 0; c < 3; c++) {
    const direct = Math.max(0, (cosine + wrap[c]) / (1 + wrap[c]));
    out[c] = tone * (ambient[c] * around + strength * shaded * direct * color[c]);
  }
}

/** The share of the lamp's light that a shadow's edge lets through. */
function shadowAt({ shadow }: Light, u: number, v: number): number {
  if (!shadow) return 1;
  const across = (u * shadow.x + v * shadow.y - shadow.at) * 6 + 0.5;
  return 1 - shadow.dark * Math.max(0, Math.min(1, across));
}

/** The brightness, of 1 as shown, that contrast leaves as it is. */
const MIDDLE = 0.5;

/** What lens and sensor do: blur, exposure and white balance, loss of colour, haze, noise. */
export function expose(canvas: Canvas, camera: PhotoConditions["camera"], random: Random): void {
  const { exposure, haze, contrast, grey, blur, noise } = camera;
  for (let i = 0; i < blur; i++) soften(canvas);
  const { data } = canvas;
  const gain: Rgb = exposure;
  const sigma = noise / 255;
  const veil = haze * 0.7;
  const draws = new Uint32Array(data.length);
  random.fill(draws);
  for (let p = 0; p < data.length; p += 3) {
    const r = data[p] * gain[0];
    const g = data[p + 1] * gain[1];
    const b = data[p + 2] * gain[2];
    const luma = grey * (0.25 * r + 0.65 * g + 0.1 * b);
    for (let c = 0; c < 3; c++) {
      const light = (1 - grey) * (c === 0 ? r : c === 1 ? g : b) + luma;
      // Four bytes of one draw add up to a bell curve of standard deviation 147.8.
      const bits = draws[p + c];
      const bell = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24) - 510;
      const hazy = (1 - haze) * (light > 0 ? light : 0) + veil;
      const shown = MIDDLE + contrast * (Math.sqrt(hazy) - MIDDLE) + (sigma * bell) / 147.8;
      data[p + c] = shown > 0 ? shown * shown : 0;
    }
  }
}

/** One pass of the kernel (1, 2, 1)/4 along both axes, in place. */
function soften({ data, width, height }: Canvas): void {
  blurLines(data, height, width * 3, width, 3);
  blurLines(data, width, 3, height, width * 3);
}

function blurLines(data: Float32Array, lines: number, lineStep: number, n: number, step: number): void {
  for (let line = 0; line < lines; line++) {
    for (let c = 0; c < 3; c++) {
      let p = line * lineStep + c;
      let before = data[p];
      for (let i = 0; i < n; i++, p += step) {
        const here = data[p];
        const after = i + 1 < n ? data[p + step] : here;
        data[p] = (before + 2 * here + after) / 4;
        before = here;
      }
    }
  }
}

import type { Canvas, Rgb } from "./canvas.ts";
import type { Scene } from "./scene.ts";

// The ellipsoid that is lit, in head units: a little larger than the head with its hair.
const HALF_WIDTH = 1.08;
const HALF_HEIGHT = 1.45;

/** The share of the light's strength that falls on the background. */
const EVEN = 0.7;

/**
 * Lights the person as if the head were an ellipsoid (Lambert's cosine law, ambient light added), the
 * background evenly, and lays a shadow's edge over both where the photo has one.
 *
 * @param background The canvas before the person was drawn: what still equals it is background.
 */
export function light({ canvas, head, photo }: Scene, background: Float32Array): void {
  const { width, height, data } = canvas;
  const { direction, color, ambient, strength, shadow } = photo.light;
  const shift = head.pose.yaw / 250;
  for (let row = 0; row < height; row++) {
    for (let col = 0; col < width; col++) {
      const p = (row * width + col) * 3;
      const [u, v] = head.unplace(col + 0.5, row + 0.5);
      let lit = strength * EVEN;
      if (data[p] !== background[p] || data[p + 1] !== background[p + 1]) {
        const nx = (u - shift) / HALF_WIDTH;
        const ny = v / HALF_HEIGHT;
        const r2 = nx * nx + ny * ny;
        const nz = Math.sqrt(Math.max(0.1, 1 - r2));
        const cosine = (nx * direction[0] + ny * direction[1] + nz * direction[2]) / Math.sqrt(r2 + nz * nz);
        lit = strength * Math.max(0, cosine);
      }
      if (shadow) {
        const across = (u * shadow.x + v * shadow.y - shadow.at) * 12 + 0.5;
        lit *= 1 - shadow.dark * Math.max(0, Math.min(1, across));
      }
      for (let c = 0; c < 3; c++) data[p + c] *= ambient[c] + lit * color[c];
    }
  }
}

/** What lens and sensor do: blur, exposure and white balance, loss of colour, haze, noise. */
export function expose({ canvas, photo, random }: Scene): void {
  const { exposure, haze, grey, blur, noise } = photo.camera;
  for (let i = 0; i < blur; i++) soften(canvas);
  const { data } = canvas;
  const gain: Rgb = exposure;
  const sigma = noise / 255;
  for (let p = 0; p < data.length; p += 3) {
    const r = data[p] * gain[0];
    const g = data[p + 1] * gain[1];
    const b = data[p + 2] * gain[2];
    const luma = grey * (0.25 * r + 0.65 * g + 0.1 * b);
    data[p] = sensor((1 - grey) * r + luma);
    data[p + 1] = sensor((1 - grey) * g + luma);
    data[p + 2] = sensor((1 - grey) * b + luma);
  }

  function sensor(light: number): number {
    // Four bytes of one draw add up to a bell curve of standard deviation 147.8.
    const bits = random.uint32();
    const bell = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24) - 510;
    const shown = Math.sqrt((1 - haze) * light + haze * 0.7) + (sigma * bell) / 147.8;
    return shown > 0 ? shown * shown : 0;
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

import type { Canvas, Rgb } from "../drawing/canvas.ts";
import { ellipse } from "../drawing/path.ts";
import type { Random } from "../numbers/random.ts";

/** Fills the picture with a gradient and clutter: slabs, discs and soft lights. */
export function drawBackground(canvas: Canvas, random: Random): void {
  const { width, height, data } = canvas;
  const from = anyColor();
  const to = anyColor();
  const slant = random.uniform(-1, 1);
  for (let row = 0; row < height; row++) {
    for (let col = 0; col < width; col++) {
      const t = Math.max(0, Math.min(1, row / height + slant * (col / width - 0.5)));
      const p = (row * width + col) * 3;
      for (let c = 0; c < 3; c++) data[p + c] = from[c] + t * (to[c] - from[c]);
    }
  }
  const pieces = random.int(9);
  for (let i = 0; i < pieces; i++) {
    const x = random.uniform(-0.1, 1.1) * width;
    const y = random.uniform(-0.1, 1.1) * height;
    const rx = random.uniform(0.03, 0.45) * width;
    const ry = random.uniform(0.03, 0.45) * height;
    const angle = random.uniform(0, 180);
    const kind = random.int(3);
    if (kind === 0) canvas.fill([ellipse(x, y, rx, ry, angle, 4)], anyColor(), random.uniform(0.3, 1));
    else if (kind === 1) canvas.fill([ellipse(x, y, rx, ry, angle)], anyColor(), random.uniform(0.3, 1));
    else canvas.spot(x, y, rx, ry, anyColor(), random.uniform(0.3, 1));
  }

  function anyColor(): Rgb {
    const light = random.uniform(0.01, 0.8);
    const tint = random.uniform(0, 0.5);
    return [mixed(), mixed(), mixed()];

    function mixed(): number {
      return light + tint * (random.uniform(0.01, 0.8) - light);
    }
  }
}

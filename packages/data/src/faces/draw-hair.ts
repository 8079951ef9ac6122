import type { Rgb } from "../drawing/canvas.ts";
import { ellipse, mirror, type Path, smoothLine, smoothLoop, stroke } from "../drawing/path.ts";
import { type Scene, shade } from "./scene.ts";

/** The hair behind the head: long and curly styles. */
export function drawBackHair(scene: Scene): void {
  const { canvas, head, who, photo, random } = scene;
  const { style, color } = photo.hair;
  const w = who.face.width;
  const dark = shade(color, 0.6);
  if (style === "long") {
    const right = [w * 0.75, -1.12, w * 1.2, -0.6, w * 1.28, 0.3, w * (1.15 + random.uniform(0, 0.3)), 1.5];
    canvas.fill([head.rim(smoothLoop([0, -1.25, ...right, 0, 1.6, ...mirror(right)]), -0.5)], dark);
  }
  if (style === "curly") {
    for (let i = 0; i < 26; i++) {
      const side = random.chance(0.5) ? 1 : -1;
      const t = random.next();
      const [x, y] = head.rim([side * w * (0.2 + 1.05 * t), -1.15 + 1.5 * t * t], -0.4);
      const r = random.uniform(0.2, 0.34) * head.pose.scale;
      canvas.fill([ellipse(x, y, r, r, 0, 14)], shade(color, random.uniform(0.5, 1)));
    }
  }
}

/** The hair over the skull, down to the hairline. */
export function drawFrontHair(scene: Scene): void {
  const { canvas, head, who, photo } = scene;
  const { style, color, part } = photo.hair;
  if (style === "bald") return;
  const w = who.face.width;
  const puff = style === "curly" ? 0.22 : style === "back" ? 0.05 : 0.12;
  const sideburn = style === "long" || style === "curly" ? 0.25 : -0.15;
  const line = style === "fringe" ? -0.3 : who.hairline;
  // biome-ignore format: pairs of coordinates
  const outer = [
    -w - 0.03, sideburn, -w - puff * 0.6, -0.4, -w * 0.75, -0.98 - puff * 0.7, 0, -1.08 - puff, w * 0.75, -0.98 - puff * 0.7,
    w + puff * 0.6, -0.4, w + 0.03, sideburn,
  ];
  const temple = w * 0.88;
  const inner =
    style === "parted" || style === "long"
      ? [temple, -0.25, w * 0.6, line + 0.12, part, line - 0.12, -w * 0.6, line + 0.12, -temple, -0.25]
      : [temple, -0.3, w * 0.66, line, 0, line - 0.06, -w * 0.66, line, -temple, -0.3];
  const outline = head.rim(smoothLine(outer), 0);
  const hairline = head.surface(smoothLine(inner), 0.03);
  const cap = [...outline, ...hairline];
  canvas.fill([cap], color);
  canvas.within(cap, () => drawStrands(scene, part, color));
  drawWisps(scene, inner, color);
}

/** Strands that fall over the hairline, so that it is no clean edge. */
function drawWisps({ canvas, head, random }: Scene, hairline: Path, color: Rgb): void {
  const line = smoothLine(hairline);
  const longest = random.uniform(0.04, 0.3);
  for (let i = 0; i < 26; i++) {
    const at = 2 * random.int(line.length / 2);
    const [x, y] = [line[at], line[at + 1]];
    const drift = random.uniform(-0.12, 0.12);
    const length = longest * random.next();
    const wisp = smoothLine([x, y - 0.12, x + drift * 0.3, y, x + drift, y + length]);
    const tone = shade(color, random.uniform(0.5, 1.4));
    canvas.fill(
      [
        head.surface(
          stroke(wisp, (t) => 0.045 * (1.1 - t)),
          0.05,
        ),
      ],
      tone,
      0.75,
    );
  }
}

function drawStrands({ canvas, head, who, random }: Scene, part: number, color: Rgb): void {
  const w = who.face.width;
  for (let i = 0; i < 24; i++) {
    const to = random.uniform(-1.05, 1.05) * w;
    const strand = smoothLine([part * 0.6, -1.15, (part + to) / 2, -1.05, to, -0.3]);
    const tone = shade(color, random.chance(0.5) ? random.uniform(1.15, 1.8) : random.uniform(0.35, 0.8));
    canvas.fill(
      [
        head.surface(
          stroke(strand, () => 0.028),
          0.08,
        ),
      ],
      tone,
      0.5,
    );
  }
}

import type { Random } from "../numbers/random.ts";

/**
 * A mask's outline and strings as x0, y0, x1, y1, … The unit is the distance between the eyes, (0, 0) the middle between
 * them, y goes down: the nose's tip lies at (0, 0.57), the mouth's corners at (±0.41, 1.15).
 */
export interface MaskShape {
  /** Clockwise from the middle of the upper edge. */
  readonly outline: readonly number[];
  /** Whether the outline keeps its corners, or is a smooth curve through them. */
  readonly pointed: boolean;
  readonly strings: readonly (readonly number[])[];
}

/** Half of an outline, from the upper edge's middle to the chin: what a kind of mask varies between, `[low, high]` each. */
interface Kind {
  readonly pointed: boolean;
  /** y where the mask crosses the nose. */
  readonly bridge: readonly [number, number];
  /** How much deeper the upper edge lies beside the nose, at x = 0.35. */
  readonly sag: readonly [number, number];
  readonly cheek: { readonly x: readonly [number, number]; readonly y: readonly [number, number] };
  readonly jaw: { readonly x: readonly [number, number]; readonly y: readonly [number, number] };
  readonly chin: readonly [number, number];
}

const KINDS: readonly Kind[] = [
  // pleated surgical mask: a broad band with corners
  {
    pointed: true,
    bridge: [0.2, 0.5],
    sag: [0, 0.15],
    cheek: { x: [0.8, 1.1], y: [0.4, 0.7] },
    jaw: { x: [0.6, 0.95], y: [1.2, 1.5] },
    chin: [1.6, 1.95],
  },
  // stiff cup, N95: narrower, high on the nose, round
  {
    pointed: false,
    bridge: [0.12, 0.4],
    sag: [0.1, 0.35],
    cheek: { x: [0.65, 0.9], y: [0.75, 1.1] },
    jaw: { x: [0.5, 0.75], y: [1.35, 1.6] },
    chin: [1.6, 1.85],
  },
  // cloth, drawn over the whole lower face
  {
    pointed: false,
    bridge: [0.15, 0.6],
    sag: [0.05, 0.25],
    cheek: { x: [0.95, 1.3], y: [0.35, 0.75] },
    jaw: { x: [0.8, 1.15], y: [1.25, 1.6] },
    chin: [1.7, 2.1],
  },
];

/** Draws a shape; one in eight lies below the tip of the nose. The face may look a little to the side. */
export function maskShape(random: Random): MaskShape {
  const kind = random.pick(KINDS);
  const within = ([low, high]: readonly [number, number]) => random.uniform(low, high);
  const turn = random.uniform(-0.12, 0.12);
  const tilt = random.uniform(-0.06, 0.06);
  const bridge = random.chance(1 / 8) ? random.uniform(0.6, 0.8) : within(kind.bridge);
  const sag = within(kind.sag);
  const cheek = { x: within(kind.cheek.x), y: within(kind.cheek.y) };
  const jaw = { x: within(kind.jaw.x), y: within(kind.jaw.y) };
  const chin = within(kind.chin);
  const about = (x: number, y: number): [number, number] => [
    x + random.uniform(-0.04, 0.04),
    y + tilt * x + random.uniform(-0.04, 0.04),
  ];
  const half = (side: number) => [
    about(side * 0.35 + turn, bridge + sag),
    about(side * cheek.x + turn / 2, Math.max(cheek.y, bridge)),
    about(side * jaw.x + turn / 2, jaw.y),
    about(side * 0.3 + turn / 2, chin - 0.05),
  ];
  const [right, left] = [half(1), half(-1)];
  const outline = [about(turn, bridge), ...right, about(turn / 2, chin), ...left.toReversed()].flat();
  const strings = [right, left].flatMap(([, upper, lower], i) => {
    const ear = i === 0 ? 1.5 : -1.5;
    return [
      [...upper, ear, random.uniform(0.1, 0.5)],
      [...lower, ear, random.uniform(0.6, 1.1)],
    ];
  });
  return { outline, pointed: kind.pointed, strings };
}

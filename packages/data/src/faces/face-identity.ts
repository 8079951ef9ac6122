import type { Random } from "../random.ts";
import type { Rgb } from "./canvas.ts";

/** How high the eyes sit, in head units (y down). */
export const EYE_Y = -0.05;

/** What stays the same in all photos of one generated person. Lengths in head units. */
export interface FaceIdentity {
  readonly skin: Rgb;
  readonly lips: Rgb;
  readonly hair: Rgb;
  readonly hairStyle: HairStyle;
  readonly hairline: number;
  readonly face: {
    readonly width: number;
    readonly cheek: number;
    readonly jaw: number;
    readonly chinWidth: number;
    readonly chin: number;
  };
  readonly eye: {
    readonly x: number;
    readonly width: number;
    readonly height: number;
    readonly slant: number;
    readonly iris: number;
    readonly color: Rgb;
    readonly crease: number;
    readonly bag: number;
    readonly lash: number;
  };
  readonly brow: {
    readonly gap: number;
    readonly width: number;
    readonly thickness: number;
    readonly arch: number;
    readonly slant: number;
    readonly inner: number;
  };
  readonly nose: {
    readonly y: number;
    readonly width: number;
    readonly bridge: number;
    readonly height: number;
    readonly round: number;
  };
  readonly mouth: {
    readonly y: number;
    readonly width: number;
    readonly upper: number;
    readonly lower: number;
    readonly bow: number;
    readonly corner: number;
  };
  readonly ear: { readonly size: number; readonly out: number };
  readonly fold: number;
  readonly cleft: number;
  readonly beard: { readonly style: BeardStyle; readonly strength: number };
  readonly freckles: number;
  readonly marks: readonly {
    readonly x: number;
    readonly y: number;
    readonly size: number;
    readonly dark: number;
  }[];
}

export type HairStyle = "bald" | "short" | "parted" | "fringe" | "long" | "curly" | "back";
export type BeardStyle = "none" | "moustache" | "goatee" | "full";

export const HAIR_STYLES: readonly HairStyle[] = [
  "bald",
  "short",
  "parted",
  "fringe",
  "long",
  "curly",
  "back",
];
const BEARD_STYLES: readonly BeardStyle[] = ["moustache", "goatee", "full"];

// Linear light.
// biome-ignore format: pairs of coordinates
const IRISES: readonly Rgb[] = [
  [0.05, 0.025, 0.012],
  [0.1, 0.05, 0.02],
  [0.16, 0.12, 0.04],
  [0.1, 0.16, 0.07],
  [0.1, 0.19, 0.3],
  [0.2, 0.24, 0.27],
];
export const HAIRS: readonly Rgb[] = [
  [0.01, 0.009, 0.008],
  [0.03, 0.018, 0.01],
  [0.08, 0.045, 0.022],
  [0.16, 0.085, 0.035],
  [0.36, 0.24, 0.1],
  [0.22, 0.055, 0.02],
  [0.28, 0.27, 0.26],
  [0.6, 0.58, 0.55],
];

/** Draws a person. Two draws are independent, so look-alikes occur as often as the ranges let them. */
export function drawIdentity(random: Random): FaceIdentity {
  const u = (low: number, high: number) => random.uniform(low, high);
  const tone = u(0, 1);
  const skin: Rgb = [
    0.2 + 0.5 * tone,
    0.1 + 0.36 * tone + u(-0.02, 0.02),
    0.06 + 0.27 * tone + u(-0.03, 0.03),
  ];
  const width = u(0.66, 0.86);
  const jaw = u(0.4, 0.64);
  const noseTip = EYE_Y + u(0.3, 0.5);
  const mouthY = noseTip + u(0.17, 0.31);
  return {
    skin,
    lips: [skin[0] * u(0.65, 0.95), skin[1] * u(0.45, 0.75), skin[2] * u(0.5, 0.85)],
    hair: random.pick(HAIRS),
    hairStyle: random.pick(HAIR_STYLES),
    hairline: u(-0.78, -0.5),
    face: {
      width,
      cheek: width * u(0.9, 1.02),
      jaw,
      chinWidth: jaw * u(0.35, 0.7),
      chin: Math.max(0.85, mouthY + u(0.25, 0.45)),
    },
    eye: {
      x: u(0.28, 0.41),
      width: u(0.115, 0.19),
      height: u(0.045, 0.105),
      slant: u(-0.22, 0.3),
      iris: u(0.055, 0.08),
      color: random.pick(IRISES),
      crease: u(-0.5, 1),
      bag: u(-0.5, 1),
      lash: u(0.012, 0.045),
    },
    brow: {
      gap: u(0.13, 0.3),
      width: u(0.15, 0.27),
      thickness: u(0.025, 0.1),
      arch: u(-0.01, 0.09),
      slant: u(-0.28, 0.28),
      inner: u(-0.05, 0.06),
    },
    nose: { y: noseTip, width: u(0.095, 0.21), bridge: u(0.03, 0.09), height: u(0.14, 0.3), round: u(0, 1) },
    mouth: {
      y: mouthY,
      width: u(0.2, 0.34),
      upper: u(0.02, 0.085),
      lower: u(0.03, 0.11),
      bow: u(0, 0.035),
      corner: u(-0.03, 0.03),
    },
    ear: { size: u(0.14, 0.24), out: u(0.02, 0.12) },
    fold: u(-0.4, 1),
    cleft: u(-1, 1),
    beard: random.chance(0.35)
      ? { style: random.pick(BEARD_STYLES), strength: u(0.3, 0.9) }
      : { style: "none", strength: 0 },
    freckles: random.chance(0.2) ? random.int(25) + 8 : 0,
    marks: Array.from({ length: random.int(4) }, () => ({
      x: u(-0.6, 0.6),
      y: u(-0.45, 0.8),
      size: u(0.014, 0.03),
      dark: u(0.4, 0.9),
    })),
  };
}

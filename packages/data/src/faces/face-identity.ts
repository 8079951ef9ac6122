import type { Rgb } from "../drawing/canvas.ts";

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
  /** Heights over the bare head, in head units: brow ridge, eye sockets (inwards), cheekbones, hollows below them (inwards), chin. */
  readonly relief: {
    readonly brow: number;
    readonly socket: number;
    readonly cheek: number;
    readonly hollow: number;
    readonly chin: number;
  };
  /** Lines of the forehead, 0..1. */
  readonly wrinkles: number;
  /** Where the skin is darker or lighter, by which share in the middle of an ellipse, and stands out on both sides of the face. */
  readonly patches: readonly {
    readonly x: number;
    readonly y: number;
    readonly rx: number;
    readonly ry: number;
    readonly amount: number;
    readonly height: number;
  }[];
  /** Whether glasses are usually worn, and the colour of their frame. */
  readonly glasses: boolean;
  readonly frame: Rgb;
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
/** Colours of hair in linear light: dark to fair, red, grey, white. */
// biome-ignore format: pairs of coordinates
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

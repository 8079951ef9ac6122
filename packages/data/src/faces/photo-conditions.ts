import type { Rgb } from "../drawing/canvas.ts";
import type { Random } from "../numbers/random.ts";
import { type FaceIdentity, HAIR_STYLES, HAIRS, type HairStyle } from "./face-identity.ts";
import type { HeadPose } from "./head-pose.ts";

/** What changes from photo to photo of one generated person. */
export interface PhotoConditions {
  readonly pose: HeadPose;
  readonly expression: {
    /** -1 sad … 1 broad smile. */
    readonly smile: number;
    /** 0 closed … 1 wide open. */
    readonly open: number;
    /** How far the eyelids are open: 0.25 squinting … 1.25 staring. */
    readonly lids: number;
    /** Brows: raised (head units), and drawn together. */
    readonly raise: number;
    readonly frown: number;
    /** Where the eyes look, -1..1. */
    readonly gaze: readonly [number, number];
  };
  readonly hair: { readonly style: HairStyle; readonly color: Rgb; readonly part: number };
  /** How much of the identity's beard has grown, 0..1. */
  readonly beard: number;
  readonly light: {
    /** Towards the light: a unit vector, x right, y down, z to the viewer. */
    readonly direction: readonly [number, number, number];
    readonly color: Rgb;
    readonly ambient: Rgb;
    readonly strength: number;
    /** A shadow's edge across the picture: normal (x, y), offset in head units, darkness; or none. */
    readonly shadow?: { readonly x: number; readonly y: number; readonly at: number; readonly dark: number };
    readonly shine: number;
  };
  readonly wear: {
    readonly glasses: "none" | "clear" | "sun";
    readonly frame: Rgb;
    readonly hat: boolean;
    readonly hatColor: Rgb;
    readonly clothes: Rgb;
    /** Something before the face: centre, half sizes in head units, angle, colour. */
    readonly occluder?: {
      readonly x: number;
      readonly y: number;
      readonly rx: number;
      readonly ry: number;
      readonly angle: number;
      readonly color: Rgb;
      readonly round: boolean;
    };
  };
  readonly camera: {
    readonly exposure: Rgb;
    readonly haze: number;
    /** Contrast of what is shown, 1 as it is. */
    readonly contrast: number;
    /** Share of the colour that is lost: 1 black and white, below 0 more colourful than life. */
    readonly grey: number;
    /** Passes of a small blur. */
    readonly blur: number;
    /** Standard deviation of the noise, of 255. */
    readonly noise: number;
    readonly jpegQuality: number;
  };
}

/** Draws the conditions of one photo of `identity`, `size` pixels square. */
export function drawConditions(identity: FaceIdentity, random: Random, size: number): PhotoConditions {
  const u = (low: number, high: number) => random.uniform(low, high);
  const anyColor = (low: number, high: number): Rgb => [u(low, high), u(low, high), u(low, high)];
  const pose: HeadPose = {
    yaw: 14 * clampedNormal(random),
    pitch: 7 * clampedNormal(random),
    roll: 8 * clampedNormal(random),
    scale: size * u(0.33, 0.42),
    x: size * u(0.44, 0.56),
    y: size * u(0.46, 0.56),
    perspective: u(0, 0.15),
  };
  return {
    pose,
    expression: {
      smile: u(-0.35, 0.9),
      open: random.chance(0.5) ? u(0.1, 1) : 0,
      lids: u(0.55, 1.15),
      raise: u(-0.015, 0.035),
      frown: u(0, 0.02),
      gaze: [u(-1, 1), u(-0.6, 0.6)],
    },
    hair: {
      style: random.chance(0.85) ? identity.hairStyle : random.pick(HAIR_STYLES),
      color: random.chance(0.92) ? scaled(identity.hair, u(0.7, 1.4)) : random.pick(HAIRS),
      part: u(-0.4, 0.4),
    },
    beard: random.chance(0.88) ? u(0.5, 1) : 0,
    light: drawLight(random),
    wear: {
      glasses: random.chance(identity.glasses ? 0.85 : 0.04)
        ? random.chance(0.1)
          ? "sun"
          : "clear"
        : "none",
      frame: random.chance(0.85) ? identity.frame : anyColor(0, 0.4),
      hat: random.chance(0.08),
      hatColor: anyColor(0.01, 0.7),
      clothes: anyColor(0.01, random.chance(0.5) ? 0.15 : 0.8),
      occluder: random.chance(0.08)
        ? {
            x: u(-0.8, 0.8),
            y: u(-0.2, 1.1),
            rx: u(0.12, 0.35),
            ry: u(0.12, 0.5),
            angle: u(0, 180),
            color: anyColor(0.02, 0.8),
            round: random.chance(0.5),
          }
        : undefined,
    },
    camera: drawCamera(random),
  };
}

/** How a photo is lit: mostly from above, and from the front more than from the side. */
export function drawLight(random: Random): PhotoConditions["light"] {
  const u = (low: number, high: number) => random.uniform(low, high);
  const side = u(-1, 1);
  const height = u(-1, 0.25);
  const front = u(0.3, 1.2);
  const length = Math.sqrt(side * side + height * height + front * front);
  const warm = u(-0.15, 0.2);
  const ambient = u(0.08, 0.4);
  return {
    direction: [side / length, height / length, front / length],
    color: [1 + warm, 1 + u(-0.05, 0.05), 1 - warm],
    ambient: [ambient * u(0.85, 1.1), ambient, ambient * u(0.85, 1.2)],
    strength: u(0.5, 1.3),
    shadow: random.chance(0.15)
      ? { x: u(-1, 1), y: u(-1, 1), at: u(-0.5, 0.5), dark: u(0.2, 0.6) }
      : undefined,
    shine: u(0, 0.35),
  };
}

/** What lens, sensor and file do to a photo. */
export function drawCamera(random: Random): PhotoConditions["camera"] {
  const u = (low: number, high: number) => random.uniform(low, high);
  return {
    exposure: scaled([u(0.88, 1.15), u(0.94, 1.06), u(0.85, 1.15)], u(0.7, 1.9)),
    haze: random.chance(0.15) ? u(0, 0.12) : 0,
    contrast: u(0.95, 1.5),
    grey: random.chance(0.08) ? 1 : u(-0.3, 0.25),
    blur: random.int(4),
    noise: u(0.3, 4),
    jpegQuality: 45 + random.int(51),
  };
}

function clampedNormal(random: Random): number {
  return Math.max(-2.2, Math.min(2.2, random.normal()));
}

function scaled(color: Rgb, by: number): Rgb {
  return [color[0] * by, color[1] * by, color[2] * by];
}

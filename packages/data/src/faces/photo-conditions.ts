import type { Random } from "../random.ts";
import type { Rgb } from "./canvas.ts";
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
  const scale = size * u(0.33, 0.42);
  const pose: HeadPose = {
    yaw: 10 * clampedNormal(random),
    pitch: 6 * clampedNormal(random),
    roll: 8 * clampedNormal(random),
    scale,
    x: size * u(0.44, 0.56),
    y: size * u(0.46, 0.56),
    perspective: u(0, 0.15),
  };
  const side = u(-1, 1);
  const height = u(-0.9, 0.5);
  const front = u(0.1, 0.9);
  const length = Math.sqrt(side * side + height * height + front * front);
  const warm = u(-0.25, 0.25);
  return {
    pose,
    expression: {
      smile: u(-0.4, 0.8),
      open: random.chance(0.35) ? u(0.1, 1) : 0,
      lids: u(0.65, 1.15),
      raise: u(-0.015, 0.035),
      frown: u(0, 0.02),
      gaze: [u(-1, 1), u(-0.6, 0.6)],
    },
    hair: {
      style: random.chance(0.5) ? identity.hairStyle : random.pick(HAIR_STYLES),
      color: random.chance(0.6) ? identity.hair : random.pick(HAIRS),
      part: u(-0.4, 0.4),
    },
    beard: random.chance(0.7) ? u(0.3, 1) : 0,
    light: {
      direction: [side / length, height / length, front / length],
      color: [1 + warm, 1 + u(-0.1, 0.1), 1 - warm],
      ambient: anyColor(0.05, 0.3),
      strength: u(0.6, 1.4),
      shadow: random.chance(0.4)
        ? { x: u(-1, 1), y: u(-1, 1), at: u(-0.5, 0.5), dark: u(0.3, 0.75) }
        : undefined,
      shine: u(0, 0.35),
    },
    wear: {
      glasses: random.chance(0.2) ? (random.chance(0.15) ? "sun" : "clear") : "none",
      frame: anyColor(0, random.chance(0.5) ? 0.05 : 0.5),
      hat: random.chance(0.12),
      hatColor: anyColor(0.01, 0.7),
      clothes: anyColor(0.01, 0.8),
      occluder: random.chance(0.1)
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
    camera: {
      exposure: scaled([u(0.8, 1.25), u(0.88, 1.14), u(0.8, 1.25)], u(0.55, 1.6)),
      haze: random.chance(0.25) ? u(0, 0.15) : 0,
      grey: random.chance(0.12) ? 1 : u(0, 0.4),
      blur: random.int(3),
      noise: u(0.5, 6),
      jpegQuality: 35 + random.int(61),
    },
  };
}

function clampedNormal(random: Random): number {
  return Math.max(-2.2, Math.min(2.2, random.normal()));
}

function scaled(color: Rgb, by: number): Rgb {
  return [color[0] * by, color[1] * by, color[2] * by];
}

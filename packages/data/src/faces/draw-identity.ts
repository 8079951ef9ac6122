import type { Rgb } from "../drawing/canvas.ts";
import type { Random } from "../numbers/random.ts";
import { type BeardStyle, EYE_Y, type FaceIdentity, HAIRS, type HairStyle } from "./face-identity.ts";

const BEARD_STYLES: readonly BeardStyle[] = ["moustache", "goatee", "full"];

// Linear light: brown, dark to fair, and grey-green to blue.
const IRISES: readonly Rgb[] = [
  [0.05, 0.025, 0.012],
  [0.1, 0.05, 0.02],
  [0.16, 0.12, 0.04],
  [0.1, 0.16, 0.07],
  [0.1, 0.19, 0.3],
  [0.2, 0.24, 0.27],
];
// A style stands as often in its list as it is worn.
// biome-ignore format: lists of words
const FEMALE_HAIR: readonly HairStyle[] = ["long", "long", "long", "long", "parted", "fringe", "curly", "back", "back"];
// biome-ignore format: lists of words
const MALE_HAIR: readonly HairStyle[] = ["short", "short", "short", "short", "parted", "parted", "back", "fringe", "curly", "bald"];
// biome-ignore format: lists of words
const OLD_MALE_HAIR: readonly HairStyle[] = ["short", "short", "short", "parted", "parted", "back", "bald", "bald"];

/** What a person's measures depend on. */
interface Kind {
  readonly female: boolean;
  /** 0 young … 1 old. */
  readonly age: number;
  /** Of the skin: 0 dark … 1 light. */
  readonly light: number;
  readonly makeup: number;
}

/**
 * Draws a person. Sex, age and colouring shift the ranges of what depends on them in real people; within the
 * ranges, whose middle is likelier than the ends, draws are independent.
 */
export function drawIdentity(random: Random): FaceIdentity {
  const u = (low: number, high: number) => random.uniform(low, high);
  const t = (low: number, high: number) => triangular(random, low, high);
  const female = random.chance(0.5);
  const age = random.next();
  const light = random.next();
  const skin: Rgb = [
    0.14 + 0.56 * light + u(-0.02, 0.02),
    0.07 + 0.37 * light + u(-0.015, 0.015),
    0.04 + 0.28 * light + u(-0.015, 0.015),
  ];
  const width = t(0.66, 0.86);
  const jaw = width * (female ? t(0.66, 0.86) : t(0.7, 0.92));
  const noseTip = EYE_Y + t(0.3, 0.5);
  const mouthY = noseTip + t(0.17, 0.31);
  const makeup = female ? u(0, 1) : 0;
  const kind = { female, age, light, makeup };
  return {
    skin,
    lips: [
      skin[0] * u(0.7, 0.98),
      skin[1] * u(0.35, 0.75 - 0.25 * makeup),
      skin[2] * u(0.4, 0.8 - 0.2 * makeup),
    ],
    hair: drawHairColor(random, kind),
    hairStyle: female ? random.pick(FEMALE_HAIR) : random.pick(age > 0.5 ? OLD_MALE_HAIR : MALE_HAIR),
    hairline: (female ? t(-0.74, -0.5) : t(-0.72, -0.5)) - (female ? 0 : 0.12 * age),
    face: {
      width,
      cheek: width * t(0.9, 1.02),
      jaw,
      chinWidth: jaw * t(0.32, 0.66),
      chin: Math.max(0.85, mouthY + t(0.25, 0.45)),
    },
    ...drawFeatures(random, kind, noseTip, mouthY),
    ...drawSurface(random, kind),
    ...drawHabits(random, kind),
  };
}

type Features = Pick<FaceIdentity, "eye" | "brow" | "nose" | "mouth" | "ear">;

function drawFeatures(random: Random, kind: Kind, noseTip: number, mouthY: number): Features {
  const { female, age, light, makeup } = kind;
  const u = (low: number, high: number) => random.uniform(low, high);
  const t = (low: number, high: number) => triangular(random, low, high);
  return {
    eye: {
      x: t(0.28, 0.41),
      width: t(0.115, 0.19),
      height: t(0.04, 0.105),
      slant: t(-0.22, 0.3),
      iris: t(0.055, 0.08),
      color: light < 0.5 ? random.pick(IRISES.slice(0, 2)) : random.pick(IRISES),
      crease: u(-0.5, 1),
      bag: u(-0.7, 0.4) + 0.6 * age,
      lash: u(0.012, 0.03) + 0.015 * makeup,
    },
    brow: {
      gap: t(0.13, 0.3),
      width: t(0.15, 0.27),
      thickness: female ? t(0.022, 0.075) : t(0.04, 0.11),
      arch: female ? t(0.01, 0.1) : t(-0.01, 0.08),
      slant: t(-0.28, 0.28),
      inner: t(-0.05, 0.06),
    },
    nose: {
      y: noseTip,
      width: t(0.095, 0.21),
      bridge: t(0.03, 0.09),
      height: t(0.14, 0.34),
      round: u(0, 1),
    },
    mouth: {
      y: mouthY,
      width: t(0.2, 0.34),
      upper: t(0.02, 0.085) + (female ? 0.01 : 0),
      lower: t(0.03, 0.11) + (female ? 0.01 : 0),
      bow: u(0, 0.035),
      corner: t(-0.03, 0.03),
    },
    ear: { size: t(0.14, 0.24), out: t(0.02, 0.12) },
  };
}

type Surface = Pick<FaceIdentity, "fold" | "cleft" | "relief" | "wrinkles" | "patches">;

function drawSurface(random: Random, { female, age }: Kind): Surface {
  const u = (low: number, high: number) => random.uniform(low, high);
  const t = (low: number, high: number) => triangular(random, low, high);
  return {
    fold: u(-0.6, 0.5) + 0.6 * age,
    cleft: u(-1, 1),
    relief: {
      brow: female ? t(0, 0.05) : t(0.02, 0.1),
      socket: t(0.02, 0.13),
      cheek: t(0, 0.1),
      hollow: t(-0.04, 0.08),
      chin: t(0, 0.12),
    },
    wrinkles: Math.max(0, age * 1.3 - u(0.1, 0.8)),
    patches: Array.from({ length: 14 }, () => ({
      x: u(-0.75, 0.75),
      y: u(-0.8, 0.9),
      rx: u(0.08, 0.4),
      ry: u(0.08, 0.4),
      amount: u(-0.1, 0.08),
      height: u(-0.025, 0.025),
    })),
  };
}

type Habits = Pick<FaceIdentity, "glasses" | "frame" | "beard" | "freckles" | "marks">;

function drawHabits(random: Random, { female, age }: Kind): Habits {
  const u = (low: number, high: number) => random.uniform(low, high);
  return {
    glasses: random.chance(0.1 + 0.2 * age),
    frame: random.chance(0.7) ? [0.01, 0.01, 0.012] : [u(0, 0.4), u(0, 0.3), u(0, 0.3)],
    beard:
      !female && random.chance(0.4)
        ? { style: random.pick(BEARD_STYLES), strength: u(0.3, 0.95) }
        : { style: "none", strength: 0 },
    freckles: random.chance(0.12) ? random.int(25) + 8 : 0,
    marks: Array.from({ length: random.int(3) }, () => ({
      x: u(-0.6, 0.6),
      y: u(-0.45, 0.8),
      size: u(0.01, 0.022),
      dark: u(0.3, 0.8),
    })),
  };
}

/** Dark hair with dark skin; any with light skin, and greyer with age. */
function drawHairColor(random: Random, { light, age }: Kind): Rgb {
  const base = light < 0.45 ? HAIRS[random.int(2)] : HAIRS[random.int(6)];
  const grey = Math.max(0, Math.min(1, (age - random.uniform(0.4, 1.1)) * 3));
  const bright = random.uniform(0.7, 1.4);
  const white = HAIRS[6 + random.int(2)];
  return [0, 1, 2].map((c) => bright * ((1 - grey) * base[c] + grey * white[c])) as unknown as Rgb;
}

/** A number between two others, their middle the likeliest. */
function triangular(random: Random, low: number, high: number): number {
  return low + ((high - low) * (random.next() + random.next())) / 2;
}

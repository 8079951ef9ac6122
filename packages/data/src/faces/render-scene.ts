import type { RgbImage } from "@amface/images";
import { Canvas } from "../drawing/canvas.ts";
import { areaOf } from "../drawing/path.ts";
import { Random } from "../numbers/random.ts";
import { expose, lightBackground } from "./camera.ts";
import { drawBackground } from "./draw-background.ts";
import { drawIdentity } from "./draw-identity.ts";
import {
  boundingBox,
  drawPerson,
  type FaceBox,
  type FaceLandmarks,
  landmarksOf,
  outlineOf,
  type Sitting,
} from "./draw-person.ts";
import type { FaceIdentity } from "./face-identity.ts";
import { type HeadPose, HeadProjection } from "./head-pose.ts";
import { drawCamera, drawConditions, drawLight, type PhotoConditions } from "./photo-conditions.ts";

/** A face of a scene with what is known of it exactly. Coordinates in pixels, x right, y down. */
export interface SceneFace {
  /** The person, as `renderFace` numbers them in the same population. */
  readonly identity: number;
  /** Left eye (smaller x), right eye, tip of the nose, left and right corner of the mouth; seen or not. */
  readonly landmarks: FaceLandmarks;
  /** The face's outline without hair and ears: x1, y1, x2, y2; may pass the picture's edge. */
  readonly box: FaceBox;
  /** The share of the face that neither other people nor the picture's edge cover, 0..1. */
  readonly visible: number;
}

/** A generated photo of several people. */
export interface RenderedScene {
  readonly image: RgbImage;
  /** From far to near: who comes later stands before the others. */
  readonly faces: readonly SceneFace[];
  /** The quality, 45..95, at which this photo would be stored as JPEG. */
  readonly jpegQuality: number;
}

export interface SceneOptions {
  /** Width and height in pixels, 64..4096; default 640 and 480. */
  readonly width?: number;
  readonly height?: number;
  /** How many people, 0..64; default 4. There are fewer where no place is left for another. */
  readonly faces?: number;
  /** Height of the smallest and the largest face in pixels; default 24 and half the picture's height. */
  readonly faceHeight?: readonly [number, number];
  /** Names the population and the scenes. Default 0. */
  readonly seed?: number;
  /** How many people there are to choose from; default 10,000. */
  readonly identities?: number;
}

/** A face is about so many head units high, from the hairline to the chin. */
const FACE_UNITS = 2;
/** Places that are tried for a person before the scene goes without. */
const TRIES = 60;
/** The largest share of a face's box that one nearer person's head and shoulders may cover. */
const COVERED = 0.35;

/**
 * Draws scene `scene`: several people at various distances in one light, partly before one another and over the
 * picture's edge, the same bytes for the same numbers on every JavaScript runtime.
 *
 * @throws {RangeError} When a number is not an integer or out of range.
 */
export function renderScene(scene: number, options: SceneOptions = {}): RenderedScene {
  const { width, height, seed, ...rest } = checked(options);
  const random = new Random("scene", seed, scene);
  const light = { ...drawLight(random), shadow: undefined };
  const camera = drawCamera(random);
  const people = seat({ width, height, seed, ...rest }, random);
  const canvas = new Canvas(width, height);
  drawBackground(canvas, random);
  lightBackground(canvas, light);
  const owner = new Int8Array(width * height).fill(-1);
  for (const [i, { sitting, outline }] of people.entries()) {
    const before = canvas.data.slice();
    drawPerson({ ...sitting, canvas, photo: { ...sitting.photo, light, camera } }, outline);
    for (let p = 0; p < owner.length; p++) if (canvas.data[3 * p] !== before[3 * p]) owner[p] = i;
  }
  const faces = people.map(({ identity, sitting, outline, box }, i) => ({
    identity,
    landmarks: landmarksOf(sitting),
    box,
    visible: Math.min(1, canvas.measure(outline, (pixel) => owner[pixel] === i) / areaOf(outline)),
  }));
  expose(canvas, camera, random);
  return { image: canvas.toImage(), faces, jpegQuality: camera.jpegQuality };
}

type Settings = Required<SceneOptions>;

function checked(options: SceneOptions): Settings {
  const { width = 640, height = 480, faces = 4, seed = 0, identities = 10_000 } = options;
  const { faceHeight = [24, height / 2] } = options;
  for (const [name, value, least, most] of [
    ["width", width, 64, 4096],
    ["height", height, 64, 4096],
    ["faces", faces, 0, 64],
    ["identities", identities, 1, Number.MAX_SAFE_INTEGER],
  ] as const) {
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new RangeError(
        `Cannot render a scene: expected ${name} to be an integer of ${least} to ${most}, got ${value}`,
      );
    }
  }
  const [low, high] = faceHeight;
  if (!(low >= 8 && low <= high && high <= 2 * height)) {
    throw new RangeError(
      `Cannot render a scene: expected faceHeight to grow from 8 or more to at most ${2 * height}, got ${low} to ${high}`,
    );
  }
  return { width, height, faces, seed, identities, faceHeight };
}

/** A person at their place. */
interface Seated {
  readonly identity: number;
  readonly sitting: Sitting;
  readonly outline: readonly number[];
  readonly box: FaceBox;
}

/** Places people from far to near, each where no earlier face is covered too much. */
function seat(settings: Settings, random: Random): Seated[] {
  const { faces, faceHeight, seed, identities } = settings;
  const [low, high] = faceHeight;
  // The square of an even draw favours small faces.
  const sizes = Array.from({ length: faces }, () => low + (high - low) * random.next() * random.next());
  const people: Seated[] = [];
  for (const size of sizes.sort((a, b) => a - b)) {
    const identity = random.int(identities);
    const who = drawIdentity(new Random("identity", seed, identity));
    const conditions = drawConditions(who, random, size);
    for (let tries = 0; tries < TRIES; tries++) {
      const person = place({ ...settings, size, identity, who, conditions }, random);
      if (people.some(({ box }) => coveredShare(box, person) > COVERED)) continue;
      people.push(person);
      break;
    }
  }
  return people;
}

interface Candidate extends Settings {
  readonly size: number;
  readonly identity: number;
  readonly who: FaceIdentity;
  readonly conditions: PhotoConditions;
}

function place({ width, height, size, identity, who, conditions }: Candidate, random: Random): Seated {
  const pose: HeadPose = {
    ...conditions.pose,
    scale: size / FACE_UNITS,
    x: random.uniform(0, width),
    y: random.uniform(0.1, 0.95) * height,
  };
  const sitting = { who, random, photo: { ...conditions, pose }, head: new HeadProjection(pose) };
  const outline = outlineOf(sitting);
  return { identity, sitting, outline, box: boundingBox(outline) };
}

/** Which share of a face's box a nearer person's head, and shoulders below it, would cover at most. */
function coveredShare([x1, y1, x2, y2]: FaceBox, { sitting, box }: Seated): number {
  const { x, y, scale } = sitting.head.pose;
  const common = (left: number, top: number, right: number, bottom: number) =>
    Math.max(0, Math.min(x2, right) - Math.max(x1, left)) *
    Math.max(0, Math.min(y2, bottom) - Math.max(y1, top));
  const head = common(box[0] - 0.3 * scale, box[1] - 0.3 * scale, box[2] + 0.3 * scale, y + 1.3 * scale);
  const body = common(x - 2.2 * scale, y + 1.3 * scale, x + 2.2 * scale, Number.POSITIVE_INFINITY);
  return (head + body) / ((x2 - x1) * (y2 - y1));
}

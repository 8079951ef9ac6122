import type { RgbImage } from "@amface/images";
import type { FaceNets } from "../nets/face-nets.ts";
import type { Face, FaceLook } from "../warp/face.ts";
import { AreaResampler } from "../warp/resample-area.ts";
import { type CascadeOptions, cascade } from "./cascade.ts";
import { placeLandmarks } from "./place-landmarks.ts";
import { lookTwice, type SecondLook } from "./second-look.ts";
import type { Steps } from "./steps.ts";
import { boxInPhoto, framed, inGrey, landmarksInPhoto, shrunk, turned, type View } from "./views.ts";

/** Shorter side of what is looked at, in pixels: photos without a face may be large. */
const SHORTER_SIDE = 250;
/**
 * Least side of a face's box beside the photo's shorter one. A face that was missed at first shall be what the photo was taken
 * of: of the false ones nearly all are smaller.
 */
const LEAST_SHARE = 0.35;
/** The same for the windows that it may grow from. */
const WINDOW_SHARE = 1 / 6;
/** What the thresholds are multiplied by. */
const LOWER = [0.5, 0.57, 0.21] as const;
/** What the smallest face is multiplied by to see the photo enlarged: its pyramid's levels lie between the first look's. */
const ENLARGED = 0.6;
/** Boxes that a stage passes on: with lower thresholds there are hundreds in foliage or lettering. */
const MOST = 100;
/** Candidates of a view that get a second look. */
const CANDIDATES = 3;
/** Least mean logits of R- and O-Net at a second look: more where the photo was turned, which it seldom needs. */
const LEAST = { upright: { refined: 7, output: 0.5 }, turned: { refined: 7, output: 2 } };

/** One way to look: the pixels that are judged, and a view of them. */
interface Look {
  readonly name: FaceLook;
  readonly photo: RgbImage;
  readonly view: View;
  readonly options: CascadeOptions;
}

/**
 * Looks again at a photo in which the cascade found no face: with lower thresholds, enlarged, in a black frame, in grey
 * levels, and turned by quarters. Of all candidates that hold up at a second look (`lookTwice`) the best is taken.
 *
 * @returns The face with its `look`; its score is O-Net's at the second look.
 */
export function* lookAgain(
  nets: FaceNets,
  photo: RgbImage,
  options: CascadeOptions,
): Steps<Face | undefined> {
  const least = Math.max(options.minSize, LEAST_SHARE * Math.min(photo.width, photo.height));
  const found: Candidate[] = [];
  for (const look of looksAt(photo, options)) {
    for (const { face, second } of yield* candidates(nets, look)) {
      if (isLarge(face.box, least) && holdsUp(second, look.name)) {
        found.push({ face: { ...face, look: look.name }, second });
      }
    }
  }
  return found.sort((a, b) => weight(b.second) - weight(a.second))[0]?.face;
}

function looksAt(photo: RgbImage, options: CascadeOptions): Look[] {
  const seen = shrunk(photo, SHORTER_SIDE);
  const least = Math.max(options.minSize, WINDOW_SHARE * Math.min(photo.width, photo.height));
  const minSize = (least * seen.image.width) / photo.width;
  const [p, r, o] = options.thresholds.map((threshold, i) => threshold * LOWER[i]);
  const lower: CascadeOptions = {
    ...options,
    minSize: Math.max(1, minSize),
    thresholds: [p, r, o],
    most: MOST,
  };
  const enlarged = { ...lower, minSize: Math.max(1, minSize * ENLARGED) };
  const of = ({ image, toPhoto }: View): View => ({ image, toPhoto: (at) => seen.toPhoto(toPhoto(at)) });
  const grey = inGrey(photo);
  return [
    { name: "lower", photo, view: seen, options: lower },
    { name: "enlarged", photo, view: seen, options: enlarged },
    { name: "framed", photo, view: of(framed(seen.image)), options: lower },
    { name: "grey", photo: grey, view: shrunk(grey, SHORTER_SIDE), options: lower },
    { name: "turned-90", photo, view: of(turned(seen.image, 90)), options: lower },
    { name: "turned-180", photo, view: of(turned(seen.image, 180)), options: lower },
    { name: "turned-270", photo, view: of(turned(seen.image, 270)), options: lower },
  ];
}

interface Candidate {
  readonly face: Face;
  readonly second: SecondLook;
}

/** What the cascade sees in a view, as it lies in the photo, and what a second look makes of each. */
function* candidates(nets: FaceNets, { photo, view, options }: Look): Steps<Candidate[]> {
  const seen = yield* cascade(nets, view.image, new AreaResampler(view.image), options);
  const inPhoto = seen.slice(0, CANDIDATES).map((face) => ({
    ...face,
    box: boxInPhoto(view, face.box),
    landmarks: landmarksInPhoto(view, face.landmarks),
  }));
  const resampler = new AreaResampler(photo);
  const found: Candidate[] = [];
  for (const face of yield* placeLandmarks(nets, resampler, inPhoto)) {
    const second = yield* lookTwice(nets, resampler, face.landmarks);
    found.push({ face: { ...face, score: second.score }, second });
  }
  return found;
}

const isLarge = ([x1, y1, x2, y2]: Face["box"], least: number) => Math.max(x2 - x1, y2 - y1) >= least;

function holdsUp({ refined, output }: SecondLook, look: FaceLook): boolean {
  const least = look.startsWith("turned") ? LEAST.turned : LEAST.upright;
  return refined >= least.refined && output >= least.output;
}

/** R-Net is sure of most faces, so that more than enough counts for no more. */
const weight = ({ refined, output }: SecondLook) => output + 0.2 * Math.min(refined, 8);

import type { Detector } from "@amface/align";
import { Random } from "@amface/data";
import { readImage } from "@amface/images";
import type { Corners } from "../src/detect/boxes.ts";
import { truncateBox } from "../src/detect/boxes.ts";
import { judgeRefined, propose, refine } from "../src/detect/cascade.ts";
import { runNow } from "../src/detect/steps.ts";
import { DETECTOR_NETS, type DetectorNetName } from "../src/nets/detector-nets.ts";
import { AreaResampler } from "../src/warp/resample-area.ts";
import { chooseWindows } from "./choose-windows.ts";
import { coloured } from "./coloured.ts";
import { drawCanvas, type TrainingCanvas } from "./draw-canvas.ts";
import { isProfile } from "./is-profile.ts";
import { joinCanvases } from "./join-canvases.ts";
import type { Labels } from "./label-photos.ts";
import type { LabelledPhoto } from "./labelled-photo.ts";
import { fillLandmarkBatch } from "./landmark-batch.ts";
import { standBefore } from "./stand-before.ts";
import { emptyBatch, fillBatch, type WindowBatch } from "./window-batch.ts";

/** Shares of the photos of each kind, 1 in all. */
export type PhotoShares = Readonly<Partial<Record<LabelledPhoto["kind"], number>>>;

/** What the last parts add to canvases: shares, 0..1 each. */
export interface CrowdShares {
  /** Canvases on which one person stands before others. */
  readonly before: number;
  /** Photos out of focus: of all, and once more of those behind a person. */
  readonly unfocused: { readonly all: number; readonly behind: number };
  /** Photos that get lettering or patterned cloth where no face is in the way. */
  readonly clutter: number;
  /** Photos that are drawn from those with a face in profile alone. */
  readonly profiles: number;
}

/** What the batches of one part of the training are made by. */
export interface BatchPlan {
  readonly net: DetectorNetName;
  /** Stages of the detector that choose candidates: 0 none, 1 P-Net, 2 R-Net too, 3 all. */
  readonly mining: 0 | 1 | 2 | 3;
  readonly shares: PhotoShares;
  /** The share of canvases that are not seen in another light. */
  readonly plain: number;
  /** People before others, blur, lettering and profiles, if there are any. */
  readonly crowd?: CrowdShares;
  readonly canvases: number;
  readonly windows: number;
  readonly seed: number;
}

/** The share of canvases that are joined of two photos. */
const JOINED = 0.25;
/** While mining, the stages before let more through than they will, so that a net sees their mistakes. */
const MINING_THRESHOLDS = [0.4, 0.4, 0.1] as const;

/** Makes batch `index` of a plan: the same for the same plan, whoever makes it. */
export class BatchMaker {
  readonly #byKind: ReadonlyMap<string, readonly LabelledPhoto[]>;
  readonly #profiles: readonly LabelledPhoto[];
  readonly #labels: Labels;
  readonly #detector: Detector;

  constructor(labels: Labels, detector: Detector) {
    this.#labels = labels;
    this.#detector = detector;
    const of = (wanted: string) => labels.photos.filter(({ kind }) => kind === wanted);
    this.#byKind = new Map(["landmarks", "celeba", "generated", "negatives"].map((kind) => [kind, of(kind)]));
    const profiles = labels.photos.filter(({ faces }) => faces.some(({ landmarks }) => isProfile(landmarks)));
    this.#profiles = profiles.length > 0 ? profiles : labels.photos;
  }

  async make(batchPlan: BatchPlan, index: number): Promise<WindowBatch> {
    const { net, mining, canvases, windows, seed } = batchPlan;
    const side = DETECTOR_NETS[net].window;
    const batch = emptyBatch(canvases * windows, side);
    const random = new Random("windows", seed, net, mining, index);
    const drawn = Array.from({ length: canvases }, (_, i) => random.fork(i));
    await Promise.all(
      drawn.map(async (random, i) => {
        const canvas = await this.#drawCanvas(random, batchPlan);
        if (net === "lnet") return fillLandmarkBatch(batch, i * windows, canvas, windows, random);
        const chosen = chooseWindows(canvas, this.#candidates(canvas, mining), windows, random);
        fillBatch(batch, i * windows, canvas.image, chosen, side);
      }),
    );
    return batch;
  }

  async #drawCanvas(random: Random, plan: BatchPlan): Promise<TrainingCanvas> {
    const { plain: share, crowd } = plan;
    const plain = random.fork("plain").chance(share);
    const isCrowd = crowd !== undefined && random.fork("crowd").chance(crowd.before);
    const photos = isCrowd || random.chance(JOINED) ? [0, 1] : [0];
    const canvases = await Promise.all(
      photos.map(async (i) => {
        const draw = random.fork("canvas", i);
        const photo = this.#drawPhoto(draw, plan);
        const image = await readImage(photo.path);
        const source = photo.kind === "negatives" ? coloured(image, draw.fork("coloured")) : image;
        return drawCanvas(photo, source, this.#labels.box, {
          random: draw,
          plain,
          ...(crowd && {
            unfocused: draw.fork("unfocused").chance(crowd.unfocused.all),
            clutter: draw.fork("cluttered").chance(crowd.clutter),
          }),
        });
      }),
    );
    if (isCrowd) {
      const unfocused = random.fork("unfocused").chance(crowd.unfocused.behind);
      return standBefore(canvases[0], canvases[1], { random, unfocused });
    }
    return canvases.length > 1 ? joinCanvases(canvases[0], canvases[1], random) : canvases[0];
  }

  #drawPhoto(random: Random, { shares, crowd }: BatchPlan): LabelledPhoto {
    if (crowd && random.fork("profile").chance(crowd.profiles)) return random.pick(this.#profiles);
    let share = random.next();
    for (const [kind, of] of Object.entries(shares)) {
      const photos = this.#byKind.get(kind) ?? [];
      if (share < of) return random.pick(photos.length > 0 ? photos : this.#labels.photos);
      share -= of;
    }
    return random.pick(this.#labels.photos);
  }

  #candidates({ image }: TrainingCanvas, mining: BatchPlan["mining"]): Corners[] {
    if (mining === 0) return [];
    const photo = new AreaResampler(image);
    const options = { minSize: 20, thresholds: MINING_THRESHOLDS, scaleFactor: 0.709 };
    const proposed = runNow(propose(this.#detector, image, photo, options));
    if (mining === 1) return proposed;
    const refined = runNow(refine(this.#detector, photo, proposed, MINING_THRESHOLDS[1]));
    if (mining === 2) return refined.map(truncateBox);
    const judged = runNow(judgeRefined(this.#detector, photo, refined));
    return judged.filter(({ score }) => score > MINING_THRESHOLDS[2]);
  }
}

import type { StreamBatch } from "@amface/data";
import { contactSheet, type RgbImage } from "@amface/images";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { ScoresObserver } from "../evaluation/scores-observer.ts";
import type { ObservedRun, RunObserver } from "../run/run-observer.ts";
import type { EpochMetrics, StepMetrics } from "../step/step-metrics.ts";
import type { StepDetails } from "../step/step-result.ts";
import type { SummaryValue } from "./encode-event.ts";
import { EventFile } from "./event-file.ts";
import { type HistogramOptions, histogram } from "./histogram.ts";

/** Crops of a session's first batch that are shown. */
const CROPS = 16;
/** Buckets of θ, from 0 to 180 degrees. */
const ANGLES = { from: 0, to: 180, buckets: 90 };

/** Writes a run's TensorBoard events: scalars of every step, histograms of some, scores of epochs, a few crops. */
export class TensorboardObserver implements RunObserver {
  readonly name = "tensorboard";
  readonly #scores: ScoresObserver;
  #run: ObservedRun | undefined;
  #file: EventFile | undefined;
  #cropsShown = false;

  /** @param scores The observer that evaluates; it must come before this one. */
  constructor(scores: ScoresObserver) {
    this.#scores = scores;
  }

  async start(run: ObservedRun): Promise<void> {
    await this.#file?.close();
    this.#run = run;
    this.#file = await EventFile.open(run.run.tensorboard, run.state.step);
  }

  /** Every step: a step that is measured is another graph, which a backend that compiles would keep beside the plain one. */
  observes(): boolean {
    return true;
  }

  async onStep(metrics: StepMetrics, batch: StreamBatch): Promise<void> {
    const { step, details } = metrics;
    const values = stepScalars(metrics);
    const isShown = step === 1 || step % this.#run!.config.histogramSteps === 0;
    if (details !== undefined && isShown) values.push(...stepDetails(details, this.#run!.state));
    if (!this.#cropsShown) values.push({ tag: "crops", image: await cropsOf(batch.images) });
    this.#cropsShown = true;
    await this.#file!.write(step, values);
  }

  async onEpoch({ step }: EpochMetrics): Promise<void> {
    const scores = this.#scores.history.at(-1);
    if (scores === undefined || scores.step !== step) return;
    const { validation, tests } = scores;
    const sets = Object.entries({ ...(validation && { validation }), ...tests });
    const values = sets.flatMap(([name, { accuracy, auc, eer, val }]): SummaryValue[] => [
      { tag: `${name}/accuracy`, scalar: accuracy.mean },
      { tag: `${name}/standard error`, scalar: accuracy.standardError },
      { tag: `${name}/AUC`, scalar: auc },
      { tag: `${name}/EER`, scalar: eer },
      ...(val === null ? [] : [{ tag: `${name}/VAL at FAR 0.001`, scalar: val.mean }]),
    ]);
    await this.#file!.write(step, values);
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

function stepScalars(metrics: StepMetrics): SummaryValue[] {
  const { loss, crossEntropy, accuracy, targetCosine, teacherCosine, gradientNorm, learningRate } = metrics;
  const { imagesPerSecond, dataSeconds, seconds } = metrics;
  return [
    { tag: "train/loss", scalar: loss },
    { tag: "train/cross-entropy", scalar: crossEntropy },
    { tag: "train/accuracy", scalar: accuracy },
    { tag: "train/target cosine", scalar: targetCosine },
    ...(teacherCosine === undefined ? [] : [{ tag: "train/teacher cosine", scalar: teacherCosine }]),
    { tag: "train/gradient norm", scalar: gradientNorm },
    { tag: "train/learning rate", scalar: learningRate },
    { tag: "speed/images per second", scalar: imagesPerSecond },
    { tag: "speed/share of waiting for data", scalar: dataSeconds / seconds },
  ];
}

/** θ in degrees, and the lengths of gradients and weights by variable and over all variables. */
function stepDetails(
  { targetAngles, otherAngles, gradientNorms, weightNorms }: StepDetails,
  { trainable }: ObservedRun["state"],
): SummaryValue[] {
  const degrees = (angles: Float32Array) => angles.map((angle) => (angle * 180) / Math.PI);
  return [
    ...counted("theta/target", degrees(targetAngles), ANGLES),
    ...counted("theta/hardest other", degrees(otherAngles), ANGLES),
    ...counted("norms/gradients", gradientNorms),
    ...counted("norms/weights", weightNorms),
    ...trainable.map(({ name }, i) => ({ tag: `gradient norm/${name}`, scalar: gradientNorms[i] })),
    ...trainable.map(({ name }, i) => ({ tag: `weight norm/${name}`, scalar: weightNorms[i] })),
  ];
}

/** A histogram of the values that are finite, where any are: a run that diverges must not end here. */
function counted(tag: string, values: Float32Array, options?: HistogramOptions): SummaryValue[] {
  const finite = values.filter(Number.isFinite);
  return finite.length === 0 ? [] : [{ tag, histogram: histogram(finite, options) }];
}

/** The first crops of a batch as one picture, as the net sees them: flipped and augmented. */
async function cropsOf(images: Tensor4D) {
  const [B, height, width] = images.shape;
  const values = (await images.data()) as Float32Array;
  const each = height * width * 3;
  const crops = Array.from({ length: Math.min(B, CROPS) }, (_, b): RgbImage => {
    const data = Uint8Array.from(values.subarray(b * each, (b + 1) * each), (value) => value * 128 + 127.5);
    return { data, width, height };
  });
  const png = await contactSheet(crops, { palette: false });
  // A PNG begins with its signature and the header's chunk: width and height stand at bytes 16 and 20.
  return { png, width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}

import { dirname, join } from "node:path";
import { CROP_SIZE, type CropSize, type Detector, loadDetector } from "@amface/align";
import { FACE_VERSION, generateFaces } from "@amface/data";
import type { EngineChoice } from "@amface/engine";
import { listIdentities, writeFileAtomic } from "@amface/files";
import {
  bootstrap,
  type Embed,
  type Evaluation,
  type LossPoint,
  locatePhotos,
  readPairs,
} from "@amface/lfw-eval";
import { createNet } from "@amface/nets";
import { usableCores } from "@amface/tfjs-backend-onnx";
import { embedder, train } from "@amface/train";
import { type CommandContext, defineCommand, type OptionValues } from "../command/command.ts";
import { integer } from "../command/parse.ts";
import type { ProgressBar } from "../command/reporter.ts";
import { timestamp } from "../command/timestamp.ts";
import { alignPhotos, type FacesFound } from "../demo/align-photos.ts";
import { makePairs } from "../demo/make-pairs.ts";
import { pixelEmbedding } from "../demo/pixel-baseline.ts";
import { evaluatePhotos, worstPictures } from "../eval/evaluate-photos.ts";
import { writeReport } from "../eval/write-report.ts";
import { chooseModel } from "../model/choose-model.ts";
import { loadModel } from "../model/model.ts";
import { startEngine } from "../model/start-engine.ts";
import { engineOptions } from "../options/engine-option.ts";

/** Half the usual size each way: a fourth of the work, so that two cores are done in three minutes. */
const CROP = { height: 56, width: 48 };
/** AM-Softmax's scale: with a hundred people 16 learns sooner than the paper's 30 for ten thousand. */
const SCALE = 16;
/** People never trained on, and photos of each: four a fold. */
const TEST = { identities: 40, photos: 10, folds: 10, pairsPerClass: 60 };

const options = {
  "output-dir": { value: "DIR", help: "where faces, crops, run and report go", default: "runs/demo" },
  identities: { value: "N", help: "people to train on", parse: integer(2), default: "120" },
  photos: { value: "N", help: "photos of each", parse: integer(2), default: "25" },
  "max-nrof-epochs": { value: "N", help: "epochs to train", parse: integer(1), default: "8" },
  seed: { value: "N", help: "seed of faces, weights, order and pairs", parse: integer(0), default: "1" },
  ...engineOptions,
} as const;

type Options = OptionValues<typeof options>;

export const demo = defineCommand({
  options,
  examples: ["amface demo", "amface demo --identities 300 --max-nrof-epochs 20 --output-dir runs/longer"],
  run: runDemo,
  render: ({ faces, trained, untrained, pixels, shipped, trainSeconds, imagesPerSecond, seconds, report }) =>
    [
      "",
      `Faces found in ${found(faces.train)} to train on and in ${found(faces.test)} to test; landmarks off by a median ` +
        `${off(faces.train)} and ${off(faces.test)} of the eyes' distance.`,
      `Verification of ${TEST.identities} people never trained on, ${trained.pairs} pairs in ${trained.folds.length} folds` +
        `${trained.skippedPairs > 0 ? ` (${trained.skippedPairs} left out: photos without a face)` : ""}:`,
      `  trained net    ${rate(trained)}`,
      `  untrained net  ${rate(untrained)}`,
      `  raw pixels     ${rate(pixels)}`,
      `  shipped net    ${rate(shipped)} (amface's embedder, which learned from photos of real people)`,
      `Training took ${trainSeconds.toFixed(0)} s (${imagesPerSecond.toFixed(0)} images/s), everything ${seconds.toFixed(0)} s.`,
      `Report: ${report}`,
    ].join("\n"),
});

const found = ({ photos, found }: FacesFound) => `${found} of ${photos} photos`;

const off = ({ landmarkError: error }: FacesFound) =>
  error === null ? "?" : `${(100 * error).toFixed(1)} %`;

const rate = ({ accuracy, auc }: Evaluation) =>
  `accuracy ${(100 * accuracy.mean).toFixed(1)} % ± ${(100 * accuracy.std).toFixed(1)}, AUC ${auc.toFixed(3)}`;

async function runDemo(values: Options, _: readonly string[], context: CommandContext) {
  const { reporter, signal } = context;
  const { "output-dir": dir, identities, photos, "max-nrof-epochs": epochs, seed } = values;
  const start = performance.now();
  const engine = await startEngine(values, reporter, { training: true });

  reporter.say(
    `1/4 make and align ${identities * photos} photos of ${identities} people to train on, ${TEST.identities} to test`,
  );
  const detector = await loadDetector();
  const drawn = { seed, workers: values.threads ?? usableCores() };
  const training = { firstIdentity: 0, identities, photos, ...drawn };
  const trainSet = await makeCrops(dir, training, detector, context);
  const testSet = await makeCrops(dir, { ...TEST, firstIdentity: identities, ...drawn }, detector, context);
  const larger = await cropFaces(testSet.photos, detector, CROP_SIZE, context);
  detector.dispose();

  reporter.say(`2/4 train resface-small with AM-Softmax for ${epochs} epochs`);
  const runDir = join(dir, `run-${timestamp()}`);
  const { summary, loss } = await trainSmall(trainSet.crops, runDir, values, engine, context);
  signal.throwIfAborted();

  reporter.say("3/4 verify pairs of people never trained on");
  const pairs = join(dir, "pairs.txt");
  const { net, ...measured } = await verify(testSet, larger.crops, pairs, { runDir, seed }, context);
  const { trained, untrained, pixels, shipped } = measured;

  reporter.say("4/4 write the report");
  const seconds = (performance.now() - start) / 1000;
  const report = await writeReport(dir, {
    title: "amface demo: verification of generated faces",
    summary:
      `resface-small, trained with AM-Softmax on ${summary.photos} photos of ${identities} generated people in ` +
      `${summary.seconds.toFixed(0)} s, on ${TEST.identities} people it has never seen. The detector found faces in ${trainSet.faces.found} of ` +
      `${trainSet.faces.photos} photos to train on, and in ${testSet.faces.found} of ${testSet.faces.photos} to test.`,
    result: { name: "trained net", ...trained, bootstrap: bootstrap(trained.table, { seed }) },
    baselines: [
      { name: "untrained net", ...untrained },
      { name: "raw pixels", ...pixels },
      { name: "amface's embedder", ...shipped },
    ],
    loss,
    worstPairs: await worstPictures(testSet.crops, trained),
    details: {
      net: net.name,
      engine: summary.engine ?? "",
      epochs,
      steps: summary.steps,
      "images/s": Math.round(summary.imagesPerSecond),
      seed,
      "seconds in all": Math.round(seconds),
    },
  });
  return {
    faces: { train: trainSet.faces, test: testSet.faces },
    trained: trained.evaluation,
    untrained: untrained.evaluation,
    pixels: pixels.evaluation,
    shipped: shipped.evaluation,
    engine: summary.engine,
    trainSeconds: summary.seconds,
    imagesPerSecond: summary.imagesPerSecond,
    seconds,
    model: summary.model,
    run: runDir,
    pairs,
    report,
  };
}

/** Trains the net of the demo; returns what came of it and the loss of every step. */
async function trainSmall(
  dataDir: string,
  runDir: string,
  { "max-nrof-epochs": epochs, seed }: Options,
  { name, device, reason }: EngineChoice,
  { reporter, signal }: CommandContext,
) {
  const loss: LossPoint[] = [];
  let progress: ProgressBar | undefined;
  const config = {
    dataDir,
    net: "resface-small",
    imageSize: [CROP.height, CROP.width],
    maxNrofEpochs: epochs,
    learningRateSchedule: `0: 0.1, ${Math.ceil(epochs * 0.7)}: 0.01`,
    batchSize: 32,
    scale: SCALE,
    seed,
  } as const;
  const summary = await train(config, {
    runDir,
    signal,
    engine: `${name}:${device}`,
    engineReason: reason,
    onStart: ({ stepsPerEpoch }) => {
      progress = reporter.progress("train", epochs * stepsPerEpoch, "steps");
    },
    onStep: ({ step, crossEntropy, imagesPerSecond }) => {
      loss.push({ step, loss: crossEntropy });
      progress?.update(step, `loss ${crossEntropy.toFixed(2)}  ${imagesPerSecond.toFixed(0)} images/s`);
    },
  });
  progress?.end();
  return { summary, loss };
}

/**
 * Draws pairs of unseen people and measures the trained net on them, beside an untrained one, the pixels, and the embedder
 * that ships, which has larger crops of the same photos.
 */
async function verify(
  { photos, crops }: MadeCrops,
  larger: string,
  pairsFile: string,
  { runDir, seed }: { readonly runDir: string; readonly seed: number },
  { reporter, signal }: CommandContext,
) {
  // Of all photos, whatever the detector found: pairs that lack a crop are left out and counted.
  await writeFileAtomic(pairsFile, makePairs(await listIdentities(photos), { ...TEST, seed }));
  const pairs = await readPairs(pairsFile);
  const measure = async (title: string, embed: Embed, dir = crops) =>
    evaluatePhotos({ dir, located: await locatePhotos(pairs, dir), embed, reporter, signal, title });
  const net = await loadModel(runDir);
  const { path } = await chooseModel(undefined);
  return {
    net,
    trained: await measure("trained", embedder(net)),
    untrained: await measure("untrained", embedder(createNet(net.name, net.options))),
    pixels: await measure("pixels", pixelEmbedding),
    shipped: await measure("shipped", embedder(await loadModel(path)), larger),
  };
}

/** Photos of generated people, and the faces that were found in them. */
interface MadeCrops {
  /** Folder of the photos. */
  readonly photos: string;
  /** Folder of the crops. */
  readonly crops: string;
  readonly faces: FacesFound;
}

interface Population {
  readonly firstIdentity: number;
  readonly identities: number;
  readonly photos: number;
  readonly seed: number;
  readonly workers: number;
}

/**
 * Generates people and crops their photos, below `dir` in a folder of their own: shared with an earlier call's
 * people, it would let some that are trained on into the test. Crops of another detector would be of another alignment.
 */
async function makeCrops(
  outputDir: string,
  population: Population,
  detector: Detector,
  context: CommandContext,
): Promise<MadeCrops> {
  const { reporter, signal } = context;
  const { firstIdentity, identities, photos, seed } = population;
  const people = `people-${firstIdentity}-to-${firstIdentity + identities - 1}`;
  const dir = join(outputDir, `${people}-photos-${photos}-seed-${seed}-version-${FACE_VERSION}`);
  const progress = reporter.progress("make", identities * photos, "photos");
  const faces = join(dir, "faces");
  await generateFaces(faces, {
    ...population,
    signal,
    onProgress: ({ done }) => progress.update(done),
  });
  progress.end();
  return cropFaces(faces, detector, CROP, context);
}

/** Crops of generated photos, in a folder beside them. */
async function cropFaces(
  photos: string,
  detector: Detector,
  size: CropSize,
  context: CommandContext,
): Promise<MadeCrops> {
  const { height, width } = size;
  const name = `crops-${detector.weightsSha256.slice(0, 8)}`;
  const crops = join(dirname(photos), size === CROP ? name : `${height}x${width}-${name}`);
  return { photos, crops, faces: await alignPhotos(photos, crops, { detector, size }, context) };
}

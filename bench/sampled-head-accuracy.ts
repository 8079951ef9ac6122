/**
 * What a sampled head costs in accuracy: trainings with a part of the identities a step and with all of them, on the
 * same batches of generated people and from the same net, trained before, compared on pairs of people whom neither has seen. A process of one
 * thread for each seed, in which both take turns step by step.
 *
 *     bun bench/sampled-head-accuracy.ts [--identities 100000] [--rate 0.1] [--seeds 1,2,3] [--steps 1000] [--start-steps 3000] [--json]
 *
 * Faces are drawn as they are wanted.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpus, loadavg } from "node:os";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { alignFace } from "@amface/align";
import { Random, renderFace, toImages } from "@amface/data";
import { useEngine } from "@amface/engine";
import type { RgbImage } from "@amface/images";
import {
  areaUnder,
  type Comparison,
  compareModels,
  type DistanceTable,
  drawPairs,
  measurePairs,
  rocCurve,
} from "@amface/lfw-eval";
import { createNet, embedder, type FaceNet, type NetName } from "@amface/nets";
import { createTrainState, type TrainBatch, type TrainState, trainStep } from "@amface/train";
import * as tf from "@tensorflow/tfjs";
import { meanAndStd, studentQuantile975 } from "../packages/lfw-eval/src/protocol/summary.ts";

const { values } = parseArgs({
  options: {
    identities: { type: "string", default: "100000" },
    rate: { type: "string", default: "0.1" },
    seeds: { type: "string", default: "1,2,3" },
    steps: { type: "string", default: "1000" },
    "batch-size": { type: "string", default: "128" },
    net: { type: "string", default: "resface-small" },
    "embedding-size": { type: "string", default: "64" },
    "learning-rate": { type: "string", default: "0.02" },
    margin: { type: "string", default: "0.2" },
    scale: { type: "string", default: "16" },
    /** People who are not trained on, photos of each, and pairs of them. */
    people: { type: "string", default: "1500" },
    photos: { type: "string", default: "5" },
    pairs: { type: "string", default: "30000" },
    evaluations: { type: "string", default: "5" },
    /** Steps that the net of both learns before, from so many of these people; with 0 both start from nothing. */
    "start-steps": { type: "string", default: "3000" },
    "start-identities": { type: "string", default: "4000" },
    "start-learning-rate": { type: "string", default: "0.1" },
    seed: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const number = (name: Exclude<keyof typeof values, "net" | "seeds" | "json">) => Number(values[name]);
const CROP = { height: 28, width: 24 };
/** Pixels of a drawn photo, of which a crop is cut. */
const DRAWN = 48;
/** As in collected sets few people are met often and most seldom: this many about as often as the first. */
const COMMON = 20;
/** Photos of a person, at most. */
const PHOTOS = 25;
const SIDES = ["sampled", "whole"] as const;
type Side = (typeof SIDES)[number];

/** What a seed's two trainings measured. */
interface Measured {
  readonly seed: number;
  readonly course: readonly Compared[];
  /** Mean of the last tenth of the steps. */
  readonly loss: Record<Side, number>;
  /** Processor time of a step, in the median. */
  readonly seconds: Record<Side, number>;
}

/** The two after so many steps; `a` is the sampled head. */
interface Compared extends Pick<Comparison, "pairs" | "accuracy"> {
  readonly step: number;
  readonly auc: Record<Side, number>;
}

if (values.seed) console.log(JSON.stringify(await measure(number("seed"))));
else await measureAll();

async function measureAll(): Promise<void> {
  const runs = await Promise.all(values.seeds.split(",").map(measureElsewhere));
  const differences = runs.map(({ course }) => course[course.length - 1].accuracy.difference);
  const { mean, std } = meanAndStd(differences);
  const degrees = runs.length - 1;
  const half = degrees > 0 ? (studentQuantile975(degrees) * std) / Math.sqrt(degrees) : Number.NaN;
  const { seeds, seed, json, ...settings } = values;
  const result = {
    ...{ date: new Date().toISOString().slice(0, 10), processor: `${cpus().length} × ${cpus()[0].model}` },
    ...{ load: loadavg()[1], ...settings, runs, difference: mean, interval: [mean - half, mean + half] },
  };
  if (json) return console.log(JSON.stringify(result));
  const percent = (share: number) => `${(100 * share).toFixed(2)}`;
  console.log(
    `${result.date}, ${result.processor}, load ${result.load.toFixed(1)}: ${values.net}, ${values.identities} identities × ` +
      `${values["embedding-size"]}, batch ${values["batch-size"]}, ${runs[0].course[0].pairs} pairs`,
  );
  for (const { seed, course, seconds } of runs) {
    for (const { step, accuracy } of course) {
      const { a, b, difference, interval } = accuracy;
      console.log(
        `seed ${seed}, step ${step}: ${percent(a)} % with ${values.rate} of the head, ${percent(b)} % with all: ` +
          `${percent(difference)} points (${interval.map(percent).join(" to ")} with other people)`,
      );
    }
    console.log(
      `seed ${seed}: ${seconds.sampled.toFixed(2)} and ${seconds.whole.toFixed(2)} s of processor time a step`,
    );
  }
  console.log(`mean ${percent(mean)} points (95 % over seeds: ${result.interval.map(percent).join(" to ")})`);
}

async function measureElsewhere(seed: string): Promise<Measured> {
  const program = [...process.execArgv, ...process.argv.slice(1), "--seed", seed];
  const child = spawn(process.execPath, program, { stdio: ["ignore", "pipe", "inherit"] });
  const [output, [status]] = await Promise.all([text(child.stdout), once(child, "close")]);
  if (status !== 0) throw new Error(`Cannot measure seed ${seed}: expected status 0, got ${status}`);
  return JSON.parse(output);
}

async function measure(seed: number): Promise<Measured> {
  await useEngine("onnx:cpu", { threads: 1 });
  const steps = number("steps");
  const compare = comparison(seed);
  const start = await trainStart(seed);
  const states = { sampled: newState(seed, start, number("rate")), whole: newState(seed, start) };
  const nextBatch = batches(seed, number("identities"));
  const losses: Record<Side, number[]> = { sampled: [], whole: [] };
  const times: Record<Side, number[]> = { sampled: [], whole: [] };
  const course: Compared[] = number("start-steps") > 0 ? [{ step: 0, ...(await compare(states)) }] : [];
  for (let step = 1; step <= steps; step++) {
    const batch = nextBatch();
    for (const side of SIDES) {
      const before = process.cpuUsage();
      losses[side].push(
        (await trainStep(states[side], batch, hyperAt(step, steps, number("learning-rate")))).loss,
      );
      const { user, system } = process.cpuUsage(before);
      times[side].push((user + system) / 1e6);
    }
    tf.dispose([batch.images, batch.labels]);
    if (step % Math.ceil(steps / number("evaluations")) > 0 && step < steps) continue;
    course.push({ step, ...(await compare(states)) });
    console.error(`seed ${seed}: ${JSON.stringify(course.at(-1))}`);
  }
  const each = (of: (side: Side) => number) => ({ sampled: of("sampled"), whole: of("whole") });
  const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[list.length >> 1];
  return {
    ...{ seed, course, seconds: each((side) => median(times[side])) },
    loss: each((side) => meanAndStd(losses[side].slice(-Math.ceil(steps / 10))).mean),
  };
}

/** The net that both sides start from. */
async function trainStart(seed: number): Promise<FaceNet> {
  const net = newNet(seed);
  const [steps, identities] = [number("start-steps"), number("start-identities")];
  const state = createTrainState(net, identities, { seed });
  const nextBatch = batches(seed, identities);
  for (let step = 1; step <= steps; step++) {
    const batch = nextBatch();
    const { loss } = await trainStep(state, batch, hyperAt(step, steps, number("start-learning-rate")));
    tf.dispose([batch.images, batch.labels]);
    if (step % 250 === 0) console.error(`seed ${seed}: start, step ${step}, loss ${loss.toFixed(2)}`);
  }
  return net;
}

function newNet(seed: number): FaceNet {
  const imageSize = [CROP.height, CROP.width] as const;
  return createNet(values.net as NetName, { imageSize, embeddingSize: number("embedding-size"), seed });
}

function newState(seed: number, start: FaceNet, sampleRate?: number): TrainState {
  const net = newNet(seed);
  net.model.setWeights(start.model.getWeights());
  return createTrainState(net, number("identities"), { sampleRate, seed });
}

/** A step's hyperparameters: the rate rises in a twentieth of all steps and falls along a cosine. */
function hyperAt(step: number, steps: number, most: number) {
  const warm = steps / 20;
  const fall = (1 + Math.cos((Math.PI * Math.max(0, step - warm)) / (steps - warm))) / 2;
  const learningRate = most * Math.min(1, step / warm) * fall;
  return { learningRate, weightDecay: 5e-4, margin: number("margin"), scale: number("scale") };
}

/** Batches `[B]`: person k with a probability of 1 / (k + COMMON), in another photo until all of hers have come. */
function batches(seed: number, identities: number): () => TrainBatch {
  const random = new Random("people", seed);
  const met = new Uint32Array(identities);
  const drawn = new Map<string, RgbImage>();
  return () => {
    const faces = Array.from({ length: number("batch-size") }, () => {
      const identity = Math.floor(COMMON * (1 + identities / COMMON) ** random.uniform(0, 1) - COMMON);
      return { identity, photo: 1 + (met[identity]++ % PHOTOS) };
    });
    const images = faces.map(({ identity, photo }) => {
      const name = `${identity} ${photo}`;
      const image = drawn.get(name) ?? crop(identity, photo, seed);
      drawn.set(name, image);
      return image;
    });
    return {
      images: toImages(images),
      labels: tf.tensor1d(Int32Array.from(faces, ({ identity }) => identity)),
    };
  };
}

function crop(identity: number, photo: number, seed: number): RgbImage {
  const { image, landmarks } = renderFace(identity, photo, { size: DRAWN, seed });
  return alignFace(image, landmarks, CROP);
}

/** Compares the two on pairs of people whose numbers follow those of the training. */
function comparison(seed: number): (states: Record<Side, TrainState>) => Promise<Omit<Compared, "step">> {
  const faces = Array.from({ length: number("people") * number("photos") }, (_, i) => ({
    identity: number("identities") + Math.floor(i / number("photos")),
    photo: 1 + (i % number("photos")),
  }));
  const crops = faces.map(({ identity, photo }) => crop(identity, photo, seed));
  const identities = faces.map(({ identity }) => String(identity));
  const pairs = drawPairs(identities, { pairs: number("pairs"), seed });
  const distances = async ({ net }: TrainState) => {
    const embed = embedder(net, { batchSize: 200 });
    return measurePairs({ data: await embed(crops), size: embed.size }, { pairs, identities });
  };
  return async (states) => {
    const [sampled, whole] = [await distances(states.sampled), await distances(states.whole)];
    const { pairs, accuracy } = compareModels(sampled, whole);
    const auc = ({ distances, issame }: DistanceTable) => areaUnder(rocCurve(distances, issame));
    return { pairs, accuracy, auc: { sampled: auc(sampled), whole: auc(whole) } };
  };
}

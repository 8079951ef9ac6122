/* The page's computing: does what messages ask for, one task after the other but for `stopTraining`. */
import type { Box } from "../box.ts";
import type { Dropped, Picture, Report, Rows, TrainingOptions } from "../messages.ts";
import { threading } from "./engine.ts";
import { evaluateFiles } from "./evaluate-files.ts";
import { compareCrops, embedCrops, findFaces, lookAt } from "./faces.ts";
import { loadBox, setPage } from "./load-part.ts";
import { distancesTo, groupsOf } from "./similar.ts";
import { allowTraining, goOn, startTraining, stopTraining } from "./train-people.ts";

type Tell = (report: Report) => void;

const loading = (tell: Tell) => (name: string, loaded: number, total: number) =>
  tell({ kind: "loading", name, loaded, total });

/** By name; the page asks with a value and is answered, and told things on the way. */
export const tasks = {
  open: (address: string): Promise<Box> => {
    setPage(address);
    return loadBox();
  },
  threads: () => threading(),
  faces: (photo: Blob, tell: Tell) => findFaces(photo, loading(tell)),
  look: (frame: ImageBitmap, tell: Tell) => lookAt(frame, loading(tell)),
  embed: (crops: readonly Picture[], tell: Tell) => embedCrops(crops, loading(tell)),
  compare: (pair: { crops: readonly [Picture, Picture]; far: number }, tell: Tell) =>
    compareCrops(pair, loading(tell)),
  distances: async (of: { rows: Rows; row: number }) => distancesTo(of),
  groups: async (of: { rows: Rows; threshold: number }) => groupsOf(of),
  evaluate: (files: { files: readonly Dropped[]; far: number }) => evaluateFiles(files),
  train: (options: TrainingOptions, tell: Tell) => startTraining(options, tell),
  trainOn: (_: undefined, tell: Tell) => goOn(undefined, tell),
  stopTraining: async () => stopTraining(),
};

/** Types of pages lack those of workers. */
const scope = self as unknown as {
  onmessage: (event: MessageEvent<{ id: number; what: keyof typeof tasks; value: never }>) => void;
  postMessage(message: object): void;
};

let last: Promise<unknown> = Promise.resolve();

scope.onmessage = ({ data: { id, what, value } }) => {
  const work = async () => {
    try {
      const answer = await tasks[what](value, (report) => scope.postMessage({ id, report }));
      scope.postMessage({ id, answer });
    } catch (error) {
      const { name, message } = error as Error;
      scope.postMessage({ id, error: { name, message } });
    }
  };
  if (what === "train" || what === "trainOn") allowTraining();
  if (what === "stopTraining") void work();
  else last = last.then(work);
};

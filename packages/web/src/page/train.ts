import type { Report, Scores, TrainingStep } from "../messages.ts";
import { ask } from "./ask.ts";
import { chart, type Series } from "./chart.ts";
import { byId, element, problem } from "./element.ts";
import { pictureOf } from "./picture.ts";
import { showLoading } from "./progress.ts";

/** Faces that are shown of those that are drawn. */
const SHOWN = 24;

/** Steps of the run, whatever the form says meanwhile. */
let steps = 0;
let losses: [step: number, loss: number][] = [];
let scores: Scores[] = [];

/** The tab that trains a net on generated people. */
export function startTrain(): void {
  const form = byId<HTMLFormElement>("train-form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = new FormData(form);
    const number = (name: string) => Number(values.get(name));
    [losses, scores] = [[], []];
    for (const id of ["train-people", "train-charts", "train-result"]) byId(id).replaceChildren();
    const options = {
      identities: number("identities"),
      photos: number("photos"),
      steps: number("steps"),
      seed: number("seed"),
    };
    steps = options.steps;
    void run(() => ask("train", options, show));
  });
  byId("train-stop").addEventListener("click", () => {
    byId("train-status").textContent = "Stopping after this step …";
    void ask("stopTraining", undefined);
  });
  byId("train-on").addEventListener("click", () => void run(() => ask("trainOn", undefined, show)));
}

/** What is under way, from start to stop. */
async function run(work: () => Promise<void>): Promise<void> {
  const [start, stop, on] = ["train-start", "train-stop", "train-on"].map((id) =>
    byId<HTMLButtonElement>(id),
  );
  [start.disabled, stop.disabled, on.disabled] = [true, false, true];
  byId("train-status").textContent = "Drawing people …";
  try {
    await work();
    const stopped =
      losses.length === 0 ? "Stopped before the first step." : "Stopped; Go on continues from here.";
    byId("train-status").textContent = done() ? "Trained." : stopped;
  } catch (error) {
    byId("train-result").replaceChildren(problem(error));
  } finally {
    [start.disabled, stop.disabled, on.disabled] = [false, true, losses.length === 0 || done()];
  }
}

const done = () => (losses.at(-1)?.[0] ?? 0) >= steps;

function show(report: Report): void {
  if (report.kind === "loading" || report.kind === "loaded") showLoading(report);
  if (report.kind === "faces") showPeople(report);
  if (report.kind === "step") showStep(report.step);
  if (report.kind === "scores") showScores(report.scores);
}

function showPeople({ done, of, some }: Extract<Report, { kind: "faces" }>): void {
  byId("train-status").textContent = `${done} of ${of} photos of generated people are drawn`;
  const area = byId("train-people");
  if (area.children.length < SHOWN) area.append(...some.map((crop) => pictureOf(crop, "a generated face")));
}

function showStep({ step, of, loss, accuracy, seconds, own, other, tensors }: TrainingStep): void {
  losses.push([step, loss]);
  const status = byId("train-status");
  // Heard now and then only.
  status.setAttribute("aria-live", step % 50 === 1 ? "polite" : "off");
  status.textContent = `Step ${step} of ${of}: loss ${loss.toFixed(2)}, ${Math.round(100 * accuracy)} % of the batch right, ${seconds.toFixed(2)} s a step`;
  Object.assign(status.dataset, { step, tensors, loss });
  if (step % 2 === 0 && step !== of) return;
  const degrees = (counts: readonly number[]) => counts.map((count, i) => [5 * i, count] as const);
  const angles: Series[] = [
    { name: "own person", points: degrees(own) },
    { name: "nearest other", points: degrees(other) },
  ];
  byId("train-charts").replaceChildren(
    chart([{ name: "loss", points: losses }], {
      title: `Loss over ${step} steps, now ${loss.toFixed(2)}`,
      x: "step",
      y: "cross-entropy",
      xRange: [0, of],
      kind: "lines",
    }),
    chart(angles, {
      title: "Angles between faces and people",
      x: "θ (degrees)",
      y: "photos of ten steps",
      xRange: [0, 180],
      kind: "bars",
    }),
  );
}

function showScores(latest: Scores): void {
  scores = [...scores.filter(({ net }) => net !== latest.net), latest];
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  const body = scores.map(({ net, step, accuracy, deviation, auc }) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, net === "trained" ? `trained for ${step} steps` : "untrained"),
      element("td", {}, `${percent(accuracy)} ± ${(100 * deviation).toFixed(1)}`),
      element("td", {}, auc.toFixed(3)),
    ),
  );
  const head = element(
    "tr",
    {},
    ...["net", "accuracy", "AUC"].map((name) => element("th", { scope: "col" }, name)),
  );
  const caption = element("caption", {}, `${latest.pairs} pairs of people that no net was trained on`);
  byId("train-result").replaceChildren(
    element("table", {}, caption, element("thead", {}, head), element("tbody", {}, ...body)),
  );
}

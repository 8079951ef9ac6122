import type { Box } from "../box.ts";
import type { Dropped, PairReport, RowDistances } from "../messages.ts";
import { ask } from "./ask.ts";
import { chart } from "./chart.ts";
import { byId, element, problem } from "./element.ts";
import { usualFar } from "./far.ts";

/** Counts choices of files: answers to older ones are dropped. */
let run = 0;
/** Of the report's numbers. */
let address = "";

/** The tab that makes a report of files. */
export function startEvaluate(box: Box): void {
  const input = byId<HTMLInputElement>("evaluate-files");
  const drop = byId("evaluate");
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    input.value = "";
    void evaluate(files, box);
  });
  drop.addEventListener("dragover", (event) => event.preventDefault());
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    void evaluate([...(event.dataTransfer?.files ?? [])], box);
  });
}

async function evaluate(files: readonly File[], box: Box): Promise<void> {
  const mine = ++run;
  URL.revokeObjectURL(address);
  const report = byId("evaluate-report");
  report.replaceChildren();
  byId("evaluate-status").textContent = `Reading ${files.map(({ name }) => name).join(", ")} …`;
  try {
    const dropped: Dropped[] = [];
    for (const file of files)
      dropped.push({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
    const result = await ask("evaluate", { files: dropped, far: usualFar(box) });
    if (mine !== run) return;
    report.append(...("rows" in result ? ofRows(result) : ofPairs(result)));
    byId("evaluate-status").textContent = "The report is ready.";
  } catch (error) {
    if (mine !== run) return;
    byId("evaluate-status").textContent = "";
    report.append(problem(error));
  }
}

const percent = (value: number, digits = 2) => `${(100 * value).toFixed(digits)} %`;

function ofPairs(report: PairReport): HTMLElement[] {
  const { name, evaluation, roc, same, different, notes } = report;
  const { accuracy, val, auc, eer, pairs, folds } = evaluation;
  const bins = (counts: readonly number[]) => counts.map((count, i) => [i / 10, count] as const);
  const pictures = element("div", { class: "charts" });
  pictures.append(
    chart([{ name: "all pairs", points: roc }], {
      title: `ROC of ${name}: area ${auc.toFixed(3)}`,
      x: "false accept rate",
      y: "true accept rate",
      xRange: [0, 1],
      yRange: [0, 1],
      kind: "lines",
    }),
    chart(
      [
        { name: "one person", points: bins(same) },
        { name: "two people", points: bins(different) },
      ],
      { title: `Distances of ${name}`, x: "squared distance", y: "pairs", xRange: [0, 4], kind: "bars" },
    ),
  );
  return [
    element("h3", {}, name),
    table(
      "What the pairs say",
      ["", "value"],
      [
        ["pairs", `${pairs} in ${folds.length} folds`],
        ["accuracy", `${percent(accuracy.mean)} ± ${(100 * accuracy.std).toFixed(2)}`],
        ["95 % interval of the mean", accuracy.ci95.map((edge) => percent(edge)).join(" to ")],
        [`VAL at FAR ${val.far.toPrecision(2)}`, `${percent(val.mean)} ± ${(100 * val.std).toFixed(2)}`],
        ["AUC", auc.toFixed(4)],
        ["equal error rate", percent(eer)],
      ],
    ),
    pictures,
    table(
      "At false accept rates",
      ["FAR", "TAR", "threshold"],
      evaluation.tarAtFar.map(({ far, tar, threshold }) => [
        far.toExponential(0),
        tar === null ? "too few pairs" : percent(tar),
        threshold === null ? "" : threshold.toFixed(3),
      ]),
    ),
    table(
      "Fold by fold",
      ["fold", "accuracy", "threshold"],
      folds.map((fold, k) => [String(k + 1), percent(fold.accuracy), fold.threshold.toFixed(2)]),
    ),
    ...notes.map((note) => element("p", { class: "note" }, note)),
    saved(report),
  ];
}

function ofRows({ names, rows }: RowDistances): HTMLElement[] {
  return [
    element("h3", {}, names.join(" beside ")),
    table(
      "Row by row",
      ["row", "squared distance", "by the box's card"],
      rows.map(({ distance, decision }, i) => [
        String(i + 1),
        distance.toFixed(4),
        decision
          ? { same: "the same person", different: "different people", unsure: "not sure" }[decision.decision]
          : "no card",
      ]),
    ),
    element("p", { class: "small" }, "The card holds for embeddings of the box's own embedder alone."),
  ];
}

function table(caption: string, head: readonly string[], body: readonly (readonly string[])[]): HTMLElement {
  const cells = (row: readonly string[]) =>
    row.map((text, i) => (i === 0 ? element("th", { scope: "row" }, text) : element("td", {}, text)));
  return element(
    "table",
    {},
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)))),
    element("tbody", {}, ...body.map((row) => element("tr", {}, ...cells(row)))),
  );
}

/** The report as a file to keep. */
function saved({ name, evaluation }: PairReport): HTMLElement {
  address = URL.createObjectURL(
    new Blob([JSON.stringify(evaluation, null, 2)], { type: "application/json" }),
  );
  return element(
    "a",
    { href: address, download: `${name}.report.json`, class: "button" },
    "Save the numbers as JSON",
  );
}

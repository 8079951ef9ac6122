import { type EpochScores, type RunScores, type Score, scoreRows, type TrainSummary } from "@amface/train";

/** What a person reads of a run. */
export function renderTraining(summary: TrainSummary): string {
  const { runDir, finished, steps, epochs, loss, accuracy, imagesPerSecond, seconds } = summary;
  const { scores, teacherCosine, stoppedEarly, paused, model, lastModel, report } = summary;
  const taught = teacherCosine === undefined ? "" : `, teacher's cosine ${teacherCosine.toFixed(4)}`;
  const rate = `${imagesPerSecond.toFixed(1)} images/s`;
  return [
    `${finished ? "trained" : paused ? "paused after" : "stopped after"} ${steps} steps, ${epochs} epochs in ${seconds.toFixed(0)} s (${rate})`,
    ...(stoppedEarly && scores
      ? [`ended early: no better validation score since epoch ${scores.chosen.epoch}`]
      : []),
    ...(loss === undefined
      ? []
      : [`last epoch: loss ${loss.toFixed(4)}, accuracy ${accuracy?.toFixed(4)}${taught}`]),
    ...(scores === undefined ? [] : scoreTable(scores)),
    model === undefined ? `run        ${runDir}` : `model      ${model}`,
    ...(lastModel === undefined ? [] : [`last       ${lastModel}`]),
    `report     ${report}`,
  ].join("\n");
}

/** Last, chosen and best side by side, the latter with a warning. */
function scoreTable(scores: RunScores): string[] {
  const rows = scoreRows(scores);
  const sets = ["validation", ...Object.keys(scores.best)].filter((set) =>
    rows.some((row) => scoreOf(row.scores, set)),
  );
  const table = [
    ["", "epoch", ...sets],
    ...rows.map(({ name, scores }) => [
      name,
      String(scores.epoch),
      ...sets.map((set) => scoreText(scoreOf(scores, set))),
    ]),
  ];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const lines = table.map((row, i) => {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]),
    );
    const note = rows[i - 1]?.optimistic ? "  optimistic: chosen on these pairs" : "";
    return `  ${cells.join("  ")}${note}`;
  });
  return ["accuracy ± standard error (95 % interval)", ...lines];
}

const scoreOf = ({ validation, tests }: EpochScores, set: string): Score | undefined =>
  set === "validation" ? validation : tests[set];

export function scoreText(score: Score | undefined): string {
  if (score === undefined) return "–";
  const { mean, standardError, ci95 } = score.accuracy;
  return `${mean.toFixed(4)} ± ${standardError.toFixed(4)} (${ci95[0].toFixed(4)} to ${ci95[1].toFixed(4)})`;
}

/** `epoch 3: validation 0.8123 ± 0.0100, lfw 0.8512 ± 0.0080` */
export function scoresLine({ epoch, validation, tests }: EpochScores): string {
  const sets = Object.entries({ ...(validation && { validation }), ...tests });
  const parts = sets.map(
    ([name, { accuracy }]) => `${name} ${accuracy.mean.toFixed(4)} ± ${accuracy.standardError.toFixed(4)}`,
  );
  return `epoch ${epoch}: ${parts.join(", ")}`;
}

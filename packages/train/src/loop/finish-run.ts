import { writeFileAtomic } from "@amface/files";
import { renderRunReport, runSentence } from "../evaluation/run-report.ts";
import { runScores } from "../evaluation/run-scores.ts";
import type { ScoresObserver } from "../evaluation/scores-observer.ts";
import { summarise, type TrainSummary } from "../evaluation/train-summary.ts";
import { sizes, unlabelledPerStep } from "../photos/training-data.ts";
import { readMetrics } from "../run/metrics-log.ts";
import { saveModels } from "./save-models.ts";
import type { Session } from "./session.ts";
import type { LegEnd } from "./train-leg.ts";

/** Where and how a session ended. */
export interface SessionEnd extends LegEnd {
  readonly skippedPhotos: number;
  /** Returns to earlier checkpoints. */
  readonly rewinds: number;
}

/** Writes models (of a finished run), report and summary of a session that has ended. */
export async function finishRun(
  session: Session,
  scores: ScoresObserver,
  end: SessionEnd,
): Promise<TrainSummary> {
  const { run, source, unlabelled, config, heldOutIdentities } = session;
  const { engine, engineReason } = session.options;
  const { progress, finished, stoppedEarly, checkpoint, skippedPhotos, rewinds, last } = end;
  const { untilEpoch = Number.POSITIVE_INFINITY } = session.options;
  const models = finished ? await saveModels(session, progress, scores.chosen) : {};
  const picked = runScores(scores.history);
  const summary = summarise(
    {
      runDir: run.path,
      finished,
      ...(stoppedEarly && { stoppedEarly }),
      ...(!finished && progress.epoch >= untilEpoch && { paused: true }),
      ...sizes(source),
      ...(unlabelled && { unlabelledPhotos: unlabelled.photos }),
      ...(heldOutIdentities > 0 && { heldOutIdentities }),
      skippedPhotos,
      ...(rewinds > 0 && { rewinds }),
      ...(engine !== undefined && { engine }),
      ...(engineReason !== undefined && { engineReason }),
      checkpoint,
      ...models,
      ...(picked && { scores: picked }),
      report: run.report,
    },
    progress,
    config.batchSize + unlabelledPerStep(config),
    last,
  );
  const details = Object.entries(config).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === "object" ? JSON.stringify(value) : value] as const],
  );
  const report = renderRunReport({
    title: `Run ${run.path}`,
    summary: runSentence(config.net, summary),
    history: scores.history,
    points: await readMetrics(run.metrics),
    details: Object.fromEntries(details),
  });
  await writeFileAtomic(run.report, report);
  await writeFileAtomic(run.summary, `${JSON.stringify(summary, null, 2)}\n`);
  return summary;
}

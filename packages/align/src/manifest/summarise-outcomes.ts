import { type AlignOutcome, OUTCOME_KINDS, type OutcomeKind } from "./align-outcome.ts";
import { FACE_WARNINGS, type FaceWarning } from "./face-warning.ts";

/** Counts over the outcomes of a folder. */
export interface AlignSummary {
  photos: number;
  /** Crops, of which a photo may have several. */
  crops: number;
  /** Photos by outcome. */
  outcomes: Record<OutcomeKind, number>;
  /** Crops by warning; one may have several. */
  warnings: Record<FaceWarning, number>;
  /** Crops of faces that the first look missed. */
  again: number;
}

/** Counts outcomes; those of one photo must be neighbours. */
export function summariseOutcomes(outcomes: readonly AlignOutcome[]): AlignSummary {
  const summary: AlignSummary = {
    photos: 0,
    crops: 0,
    outcomes: zeros(OUTCOME_KINDS),
    warnings: zeros(FACE_WARNINGS),
    again: 0,
  };
  outcomes.forEach(({ path, outcome, crop, face, warnings = [] }, i) => {
    if (crop !== undefined) summary.crops++;
    if (face?.look) summary.again++;
    for (const warning of warnings) summary.warnings[warning]++;
    if (outcomes[i - 1]?.path === path) return;
    summary.photos++;
    summary.outcomes[outcome]++;
  });
  return summary;
}

function zeros<K extends string>(keys: readonly K[]): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;
}

import type { CardThreshold, ThresholdCard } from "@amface/lfw-eval";

/** What a person reads of a threshold card. */
export function cardLines({ measured, thresholds, flip, model, warnings }: ThresholdCard): string[] {
  const { pairs, same, different, people, resampled, level } = measured;
  return [
    `thresholds of ${model} on ${pairs}: ${same} same and ${different} different pairs${people === undefined ? "" : ` of ${people} people`}, mirrored crops ${flip}, ` +
      `intervals of ${100 * level} % (${resampled} resampled)`,
    ...thresholds.map((threshold) => `  ${thresholdLine(threshold)}`),
    ...warnings.map((warning) => `  warning: ${warning}`),
  ];
}

/** A threshold with the intervals of it, of the FAR that other people have, and of TAR. */
export function thresholdLine({
  far,
  threshold,
  farInterval,
  interval,
  tar,
  tarInterval,
}: CardThreshold): string {
  const fixed = (of: CardThreshold["interval"]) =>
    of ? ` (${of[0].toFixed(4)} to ${of[1].toFixed(4)})` : "";
  return [
    `FAR ${`${far}`.padEnd(6)} threshold ${threshold.toFixed(4)}${fixed(interval)}`,
    ...(farInterval ? [`other people's FAR ${shownRates(farInterval)}`] : []),
    `TAR ${tar.toFixed(4)}${fixed(tarInterval)}`,
  ].join("; ");
}

/** Two digits are more than such an interval has. */
export const shownRates = (rates: readonly number[]) =>
  rates.map((rate) => Number(rate.toPrecision(2))).join(" to ");

import type { CardThreshold, ThresholdCard } from "@amface/lfw-eval";

/** What a person reads of a threshold card. */
export function cardLines({ measured, thresholds, flip, model }: ThresholdCard): string[] {
  const { pairs, same, different, resampled, level } = measured;
  return [
    `thresholds of ${model} on ${pairs}: ${same} same and ${different} different pairs, mirrored crops ${flip}, ` +
      `intervals of ${100 * level} % (${resampled} resampled)`,
    ...thresholds.map((threshold) => `  ${thresholdLine(threshold)}`),
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
  const fixed = ([low, high]: CardThreshold["interval"]) => `${low.toFixed(4)} to ${high.toFixed(4)}`;
  return [
    `FAR ${`${far}`.padEnd(6)} threshold ${threshold.toFixed(4)} (${fixed(interval)})`,
    ...(farInterval ? [`other people's FAR ${shownRates(farInterval)}`] : []),
    `TAR ${tar.toFixed(4)} (${fixed(tarInterval)})`,
  ].join("; ");
}

/** Two digits are more than such an interval has. */
export const shownRates = (rates: readonly number[]) =>
  rates.map((rate) => Number(rate.toPrecision(2))).join(" to ");

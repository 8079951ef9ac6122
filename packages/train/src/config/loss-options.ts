/** Options of all losses. Each has those that `LOSSES` lists for it. */
export interface LossSettings {
  /** m: off the cosine (am-softmax), radians (arcface), times the angle (sphereface), or of AdaFace. */
  readonly margin?: number | undefined;
  /** s, by which cosines become logits. */
  readonly scale?: number | undefined;
  /** m₁, m₂ and m₃ of the combined margin: times the angle, radians, off the cosine. */
  readonly m1?: number | undefined;
  readonly m2?: number | undefined;
  readonly m3?: number | undefined;
  /** h of AdaFace: which lengths of embeddings count as usual. */
  readonly concentration?: number | undefined;
  /** SphereFace's λ at a step: `max(annealingLeast, annealingBase · (1 + annealingGamma · step)^−annealingPower)`. */
  readonly annealingBase?: number | undefined;
  readonly annealingGamma?: number | undefined;
  readonly annealingPower?: number | undefined;
  readonly annealingLeast?: number | undefined;
}

/** The losses with their options and the defaults of their papers; `@amface/loss` has the equations. */
export const LOSSES = {
  "am-softmax": { margin: 0.35, scale: 30 },
  softmax: {},
  "normalised-softmax": { scale: 30 },
  sphereface: { margin: 4, annealingBase: 1000, annealingGamma: 0.12, annealingPower: 1, annealingLeast: 5 },
  arcface: { margin: 0.5, scale: 64 },
  combined: { m1: 1, m2: 0.3, m3: 0.2, scale: 64 },
  adaface: { margin: 0.4, concentration: 0.333, scale: 64 },
} as const satisfies Record<string, LossSettings>;

export type LossName = keyof typeof LOSSES;

export const LOSS_NAMES = Object.keys(LOSSES) as readonly LossName[];

/** Losses whose margin may start lower: any number is one. */
export const WARMABLE_MARGINS: readonly LossName[] = ["am-softmax", "arcface", "adaface"];

/** The options of a loss as `given`, which may be a whole config, has them, or else its defaults. */
export function lossSettings(loss: LossName, given: LossSettings): Required<LossSettings> {
  const defaults: LossSettings = LOSSES[loss];
  const names = Object.keys(defaults) as (keyof LossSettings)[];
  return Object.fromEntries(
    names.map((name) => [name, given[name] ?? defaults[name]]),
  ) as Required<LossSettings>;
}

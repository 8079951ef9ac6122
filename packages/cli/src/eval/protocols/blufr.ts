import { type BlufrResult, blufr, blufrTrials, drawTrials, html, readBlufr } from "@amface/lfw-eval";
import { embeddedPhotos } from "./embedded.ts";
import { type Evaluated, type Protocol, tableOf } from "./protocol.ts";

/** Result of `--protocol blufr`. */
export interface BlufrOutcome extends BlufrResult {
  readonly protocol: "blufr";
  /** The file of BLUFR's own trials; null where trials were drawn. */
  readonly lists: string | null;
  /** Photos of it that were not found. */
  readonly missing: number;
}

/** Compares all photos of each trial, BLUFR's own or drawn ones. */
export const blufrProtocol: Protocol<BlufrOutcome> = {
  async evaluate(values, context) {
    const { lists: path, seed, strict } = values;
    const lists = path === undefined ? undefined : await readBlufr(path);
    const check = lists ? undefined : (people: readonly number[]) => void drawTrials(people, { seed });
    const { embeddings, names, identities, where } = await embeddedPhotos(values, context, check);
    if (lists === undefined) {
      const rates = blufr(embeddings, identities, drawTrials(identities, { seed }));
      return evaluated({ protocol: "blufr", lists: null, missing: 0, ...rates });
    }
    const listed = blufrTrials(lists, names, { strict, where });
    if (listed.missing > 0) {
      context.reporter.warn(`${listed.missing} of ${lists.photos.length} photos are missing from ${where}`);
    }
    const rates = blufr(embeddings, listed.identities, listed.trials);
    return evaluated({ protocol: "blufr", lists: path!, missing: listed.missing, ...rates });
  },
  render(result) {
    const { same, different } = result.pairs;
    return [
      `${result.trials} trials of ${Math.round(same)} same and ${Math.round(different)} different pairs`,
      ...ratesOf(result).map(([name, rate]) => `${name}: ${rate}`),
    ].join("\n");
  },
};

const evaluated = (result: BlufrOutcome): Evaluated<BlufrOutcome> => ({
  result,
  sections: () => [
    {
      heading: result.lists === null ? "Trials drawn as BLUFR's" : "BLUFR's trials",
      body: html`${tableOf(["rate", "mean ± standard deviation over trials"], ratesOf(result))}
<p>${result.trials} trials of ${Math.round(result.pairs.same)} same and ${Math.round(result.pairs.different)} different pairs;
${result.missing} photos were missing. BLUFR ranks by the mean less the standard deviation.</p>`,
    },
  ],
});

function ratesOf({ verification, openSet }: BlufrResult): [string, string][] {
  const entry = (name: string, rate: BlufrResult["openSet"]): [string, string] => [
    `${name} at FAR ${rate.far}`,
    rate.mean === null ? "too few pairs" : `${rate.mean.toFixed(4)} ± ${rate.std.toFixed(4)}`,
  ];
  return [...verification.map((rate) => entry("VR", rate)), entry("open-set rank 1", openSet)];
}

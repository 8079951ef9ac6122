import {
  evaluateTinyFace,
  html,
  readTinyFace,
  type SearchRate,
  type TinyFaceResult,
  tinyFaceByNames,
} from "@amface/lfw-eval";
import { embeddedPhotos } from "./embedded.ts";
import { type Protocol, ranksSection, shown } from "./protocol.ts";

/** Result of `--protocol tinyface`. */
export interface TinyFaceOutcome extends TinyFaceResult {
  readonly protocol: "tinyface";
}

/** Looks TinyFace's probes up among its gallery and distractors. */
export const tinyfaceProtocol: Protocol<TinyFaceOutcome> = {
  async evaluate(values, context) {
    const { lists: dir, strict } = values;
    // Before the work: lists that cannot be read.
    const lists = dir === undefined ? undefined : await readTinyFace(dir);
    const { embeddings, names, where } = await embeddedPhotos(values, context);
    const rates = evaluateTinyFace(embeddings, names, lists ?? tinyFaceByNames(names), { strict, where });
    const result: TinyFaceOutcome = { protocol: "tinyface", ...rates };
    if (result.missing > 0) {
      context.reporter.warn(`${result.missing} photos of the lists are missing from ${where}`);
    }
    if (result.distractors === 0) {
      context.reporter.warn(
        `Warning: ${where} has no distractors (photos of Gallery_Distractor): the rates are far above TinyFace's`,
      );
    }
    return {
      result,
      sections: (add) => [
        ranksSection(ranksOf(result), result.cmc, add),
        {
          heading: "Photos",
          body: html`<p>${countLine(result)}; ${result.missing} of the lists were missing.</p>`,
        },
      ],
    };
  },
  render: (result) =>
    [
      countLine(result),
      ...Object.entries(ranksOf(result)).map(([name, rate]) => `${name.padEnd(11)}${shown(rate)}`),
    ].join("\n"),
};

const countLine = ({ gallery, distractors, probes }: TinyFaceResult) =>
  `gallery    ${gallery} photos and ${distractors} distractors, ${probes} probes`;

const ranksOf = ({ rank1, rank5, rank20, rank50 }: TinyFaceResult): Record<string, SearchRate> => ({
  "rank 1": rank1,
  "rank 5": rank5,
  "rank 20": rank20,
  "rank 50": rank50,
});

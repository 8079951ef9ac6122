import { firstAsGallery, identify, type SearchRate, wilson } from "@amface/lfw-eval";
import { embeddedPhotos } from "./embedded.ts";
import { type Protocol, ranksSection, shown } from "./protocol.ts";

/** Result of `--protocol identify`. */
export interface IdentifyResult {
  readonly protocol: "identify";
  readonly gallery: number;
  readonly probes: number;
  /** Share of probes whose own person is among the k nearest. */
  readonly rank1: number;
  readonly rank5: number;
  readonly cmc: readonly number[];
  /** Wilson's 95 % intervals, probes taken for independent. */
  readonly ci95: Readonly<Record<"rank1" | "rank5", readonly [number, number]>>;
}

/** Looks every photo but the first of each person up among the first ones. */
export const identifyProtocol: Protocol<IdentifyResult> = {
  async evaluate(values, context) {
    const { embeddings, identities } = await embeddedPhotos(values, context, firstAsGallery);
    const { gallery, probes, cmc } = identify(embeddings, identities);
    const rank = (k: number) => cmc[Math.min(k, cmc.length) - 1];
    const interval = (rate: number) => wilson(Math.round(rate * probes), probes);
    const result: IdentifyResult = {
      protocol: "identify",
      gallery,
      probes,
      rank1: rank(1),
      rank5: rank(5),
      cmc: [...cmc],
      ci95: { rank1: interval(rank(1)), rank5: interval(rank(5)) },
    };
    return { result, sections: (add) => [ranksSection(ranksOf(result), result.cmc, add)] };
  },
  render: (result) =>
    [
      `gallery    ${result.gallery} people, ${result.probes} probes`,
      ...Object.entries(ranksOf(result)).map(([name, rate]) => `${name.padEnd(11)}${shown(rate)}`),
    ].join("\n"),
};

const ranksOf = ({ rank1, rank5, ci95 }: IdentifyResult): Record<string, SearchRate> => ({
  "rank 1": { rate: rank1, ci95: ci95.rank1 },
  "rank 5": { rate: rank5, ci95: ci95.rank5 },
});

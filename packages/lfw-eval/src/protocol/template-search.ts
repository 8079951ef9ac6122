import type { Embeddings } from "../distances/embeddings.ts";
import { unitRows } from "../distances/unit-rows.ts";
import type { IjbLists, NamedTemplates } from "../lists/read-ijb.ts";
import {
  cumulativeMatches,
  lookUp,
  type OpenSetRate,
  rankRate,
  type SearchRate,
  tpirAtFpir,
} from "./look-up.ts";

/** Search (1:N) of probe templates among those of galleries. */
export interface TemplateSearch {
  /** All galleries as one, probes whose people it has. */
  readonly closedSet: {
    readonly gallery: number;
    readonly probes: number;
    readonly rank1: SearchRate;
    readonly rank5: SearchRate;
    readonly rank10: SearchRate;
    /** To rank 100 at most. */
    readonly cmc: readonly number[];
  };
  /** Each gallery alone: the people of the others are not in it. */
  readonly openSet: readonly {
    readonly gallery: string;
    readonly size: number;
    readonly mated: number;
    readonly nonMated: number;
    readonly tpirAtFpir: readonly OpenSetRate[];
  }[];
  /** Means over the galleries; null where one of them cannot show the rate. */
  readonly tpirAtFpir: readonly { readonly fpir: number; readonly tpir: number | null }[];
}

/** The FPIRs at which IJB's search is reported, and one below. */
const FPIRS = [0.1, 0.01, 0.001] as const;
const RANKS = 100;

/**
 * IJB's search: ranks in the galleries together, as insightface gives them, and identification of people who may not be there,
 * in each gallery alone, as IJB's protocol has it (Whitelam et al., CVPRW 2017).
 *
 * @param embeddings One row a template.
 */
export function searchTemplates(
  embeddings: Embeddings,
  { galleries, probes }: NonNullable<IjbLists["search"]>,
): TemplateSearch {
  const searched = ({ templates, subjects }: Pick<NamedTemplates, "templates" | "subjects">) => ({
    units: unitRows(embeddings, templates),
    people: subjects,
  });
  const sought = searched(probes);
  const join = (of: "templates" | "subjects") => Int32Array.from(galleries.flatMap((each) => [...each[of]]));
  const all = { templates: join("templates"), subjects: join("subjects") };
  const closed = lookUp(searched(all), sought);
  const openSet = galleries.map((gallery) => {
    const found = lookUp(searched(gallery), sought);
    const mated = found.ranks.reduce((count, rank) => count + Number(rank > 0), 0);
    return {
      gallery: gallery.name,
      size: gallery.templates.length,
      mated,
      nonMated: found.ranks.length - mated,
      tpirAtFpir: tpirAtFpir(found, FPIRS),
    };
  });
  return {
    closedSet: {
      gallery: all.templates.length,
      probes: closed.ranks.reduce((count, rank) => count + Number(rank > 0), 0),
      rank1: rankRate(closed, 1),
      rank5: rankRate(closed, 5),
      rank10: rankRate(closed, 10),
      cmc: [...cumulativeMatches(closed, Math.min(RANKS, all.templates.length))],
    },
    openSet,
    tpirAtFpir: FPIRS.map((fpir, i) => {
      const rates = openSet.flatMap(({ tpirAtFpir }) => tpirAtFpir[i].tpir ?? []);
      const tpir =
        rates.length === openSet.length ? rates.reduce((sum, rate) => sum + rate, 0) / rates.length : null;
      return { fpir, tpir };
    }),
  };
}

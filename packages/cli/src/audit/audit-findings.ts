import type { Duplicate, LabelAudit, SharedPerson } from "@amface/data";
import type { TestCopy } from "./find-copies.ts";
import { type Finding, stemKey } from "./leave-out.ts";

export interface Findings {
  readonly unreadable: readonly string[];
  readonly labels: Pick<LabelAudit, "wrongLabels" | "twoPeople" | "twoNames" | "incoherent">;
  readonly duplicates: readonly Duplicate[];
  readonly overlap?: {
    /** Identities of a test person's name. */
    readonly names: readonly { readonly training: string; readonly test: string }[];
    /** Identities that look like a test person; none where faces were not compared. */
    readonly people?: readonly SharedPerson[];
    readonly copies: readonly TestCopy[];
  };
}

/** What is to be left out, in the order in which it counts. */
export function auditFindings({ unreadable, labels, duplicates, overlap }: Findings): Finding[] {
  const { wrongLabels, twoPeople, twoNames, incoherent } = labels;
  const { names = [], people = [], copies = [] } = overlap ?? {};
  const list = (reason: string, found: ReturnType<Finding["of"]>): Finding => ({ reason, of: () => found });
  return [
    list("photos that cannot be read", { photos: unreadable }),
    list("people of the test set", { identities: [...names, ...people].map(({ training }) => training) }),
    list("copies of test photos", { photos: copies.map(({ training }) => training) }),
    list("second names of one person", { identities: secondNames(twoNames) }),
    list("identities of photos that are all unlike", { identities: incoherent }),
    list("second people under one name", { photos: twoPeople.flatMap(({ second }) => second) }),
    list("wrong labels", { photos: wrongLabels.map(({ path }) => path) }),
    { reason: "copies of other photos", of: (isOut) => ({ photos: spareCopies(duplicates, isOut) }) },
  ];
}

/** Of identities that are one person, also by way of others, all but the one with most photos. */
function secondNames(pairs: LabelAudit["twoNames"]): string[] {
  const photos = new Map<string, number>();
  // Those of one person, in one list.
  const groups = new Map<string, string[]>();
  for (const { identity, photos: count, other, otherPhotos } of pairs) {
    photos.set(identity, count).set(other, otherPhotos);
    const [one, two] = [identity, other].map((name) => groups.get(name) ?? [name]);
    groups.set(identity, one);
    if (one === two) continue;
    for (const name of two) {
      one.push(name);
      groups.set(name, one);
    }
  }
  return [...new Set(groups.values())].flatMap((names) => {
    const most = names.reduce((best, name) => (photos.get(name)! > photos.get(best)! ? name : best));
    return names.filter((name) => name !== most);
  });
}

/** Of each group of copies that are not left out otherwise, all but one. */
function spareCopies(duplicates: readonly Duplicate[], isOut: (path: string) => boolean): string[] {
  const groups = new Map<number, Duplicate[]>();
  for (const row of duplicates) {
    if (isOut(row.path)) continue;
    const rows = groups.get(row.group);
    if (rows) rows.push(row);
    else groups.set(row.group, [row]);
  }
  return [...groups.values()].flatMap((rows) => {
    const kept = rows.find(({ keep }) => keep) ?? rows[0];
    // Of a.jpg and a.png, which exclusions cannot tell apart, both stay.
    return rows.flatMap((row) => (row === kept || stemKey(row.path) === stemKey(kept.path) ? [] : row.path));
  });
}

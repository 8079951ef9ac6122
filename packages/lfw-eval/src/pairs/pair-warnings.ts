import { nameKey } from "@amface/files/browser";
import { type PairList, photoIdentity, photoStem } from "./pairs.ts";

/**
 * What is odd about a list of pairs, a sentence each: pairs that occur twice, photos paired with themselves, and
 * identities in more than one fold, which lets a fold's threshold be chosen on people that it is measured on.
 */
export function pairWarnings({ pairs }: PairList): string[] {
  const seen = new Map<string, boolean>();
  const foldsOf = new Map<string, Set<number>>();
  let [duplicates, contradictions, selves] = [0, 0, 0];
  let firstDuplicate = "";
  for (const { a, b, same, fold } of pairs) {
    const names = [a, b].map((photo) => nameKey(photoStem(photo))).sort();
    if (names[0] === names[1]) selves++;
    const key = names.join("\n");
    const earlier = seen.get(key);
    if (earlier !== undefined) {
      duplicates++;
      firstDuplicate ||= names.join(" and ");
      if (earlier !== same) contradictions++;
    }
    seen.set(key, same);
    for (const photo of [a, b]) {
      const identity = nameKey(photoIdentity(photo));
      foldsOf.set(identity, (foldsOf.get(identity) ?? new Set()).add(fold));
    }
  }
  const shared = [...foldsOf].filter(([, folds]) => folds.size > 1).map(([identity]) => identity);
  const warnings: string[] = [];
  if (duplicates > 0)
    warnings.push(`pairs that occur more than once: ${duplicates}, such as ${firstDuplicate}`);
  if (contradictions > 0) warnings.push(`pairs that occur both as same and as different: ${contradictions}`);
  if (selves > 0) warnings.push(`pairs of a photo with itself: ${selves}`);
  if (shared.length > 0) {
    warnings.push(
      `identities in more than one fold: ${shared.length} of ${foldsOf.size}, such as ${shared[0]}; thresholds are chosen ` +
        "on people that they are measured on",
    );
  }
  return warnings;
}

/** The candidate with the smallest share of letters to insert, delete or replace to make it `word`, case aside. */
export function nearest(word: string, candidates: readonly string[]): string {
  let best = candidates[0];
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const edits =
      distance(word.toLowerCase(), candidate.toLowerCase()) / Math.max(word.length, candidate.length);
    if (edits < fewest) [best, fewest] = [candidate, edits];
  }
  return best;
}

/** Levenshtein's distance, a row at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}

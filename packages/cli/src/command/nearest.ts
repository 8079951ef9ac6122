import { closest, distance } from "fastest-levenshtein";

/** The candidate that a mistyped `name` most likely meant, or `undefined` when none is near. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const candidate = closest(name, candidates);
  return distance(name, candidate) <= Math.max(2, name.length / 3) ? candidate : undefined;
}

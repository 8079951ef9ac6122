import { type FileSource, fileSource } from "@amface/data";

/** A source of files that need not be there: so many of each identity, `p0/0`, `p0/1`, … */
export function listedFiles(counts: readonly number[]): FileSource {
  return fileSource({
    identities: counts.map((_, label) => `p${label}`),
    files: counts.flatMap((n, label) =>
      Array.from({ length: n }, (_, i) => ({ path: `p${label}/${i}`, label })),
    ),
  });
}

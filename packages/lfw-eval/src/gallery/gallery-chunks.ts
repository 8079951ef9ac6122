import type { GalleryRows } from "./gallery-file.ts";
import type { NearestPeople } from "./nearest-people.ts";

/** Rows of a message at most, which bounds what has to be held besides; and rows that are compared in one go. */
export const ROWS = 65_536;

/** Photos of a gallery, whose embeddings never change. */
export interface Chunk {
  /** Nothing where a row was removed. */
  readonly names: (string | undefined)[];
  readonly paths: readonly string[];
  /** `[rows, D]`, of length 1. */
  readonly embeddings: Float32Array;
}

/** Does what rows say: what they change first, then what they add. */
export function applyRows(chunks: Chunk[], { changes, names, paths, embeddings }: GalleryRows): void {
  for (const [i, change] of changes.entries()) {
    if (change === "add") continue;
    for (const chunk of chunks) {
      for (let row = chunk.names.indexOf(names[i]); row >= 0; row = chunk.names.indexOf(names[i], row + 1)) {
        if (change === "rename") chunk.names[row] = paths[i];
        else if (change === "remove" && (paths[i] === "" || paths[i] === chunk.paths[row]))
          chunk.names[row] = undefined;
      }
    }
  }
  if (!changes.includes("add")) return;
  const added = names.map((name, row) => (changes[row] === "add" ? name : undefined));
  chunks.push({ names: added, paths, embeddings });
}

/** Small chunks, which many single enrolments leave, joined to larger ones. */
export function joinedChunks(chunks: readonly Chunk[], size: number): Chunk[] {
  const groups: Chunk[][] = [];
  let rows = 0;
  for (const chunk of chunks) {
    if (groups.length === 0 || rows + chunk.names.length > ROWS) {
      groups.push([]);
      rows = 0;
    }
    groups[groups.length - 1].push(chunk);
    rows += chunk.names.length;
  }
  return groups.map((group) => {
    if (group.length === 1) return group[0];
    const names = group.flatMap((chunk) => chunk.names);
    const embeddings = new Float32Array(names.length * size);
    let at = 0;
    for (const chunk of group) {
      embeddings.set(chunk.embeddings, at);
      at += chunk.embeddings.length;
    }
    return { names, paths: group.flatMap(({ paths }) => paths), embeddings };
  });
}

/** The chunk's photos without those that were removed, to be added to a new file; nothing where none is left. */
export function keptRows({ names, paths, embeddings }: Chunk, size: number): GalleryRows | undefined {
  const rows = Array.from(names.keys()).filter((row) => names[row] !== undefined);
  if (rows.length === 0) return undefined;
  const kept = new Float32Array(rows.length * size);
  for (const [i, row] of rows.entries())
    kept.set(embeddings.subarray(row * size, (row + 1) * size), i * size);
  return {
    changes: rows.map(() => "add"),
    names: rows.map((row) => names[row]!),
    paths: rows.map((row) => paths[row]),
    embeddings: kept,
  };
}

/** @param cosines Of each query those of the chunk's rows. */
export function takeNearest(
  queries: readonly NearestPeople[],
  { names, paths }: Chunk,
  cosines: Float32Array,
): void {
  for (const [q, people] of queries.entries()) {
    let { least } = people;
    for (let row = 0, at = q * names.length; row < names.length; row++, at++) {
      if (!(cosines[at] > least)) continue;
      const name = names[row];
      if (name === undefined) continue;
      people.add({ name, path: paths[row], cosine: cosines[at] });
      least = people.least;
    }
  }
}

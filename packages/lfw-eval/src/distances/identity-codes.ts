/**
 * Numbers identities in the order of their first appearance.
 *
 * @returns One code a row, and the rows of each code.
 */
export function identityCodes(identities: readonly (string | number)[]): {
  codes: Int32Array;
  members: number[][];
} {
  const codeOf = new Map<string | number, number>();
  const members: number[][] = [];
  const codes = Int32Array.from(identities, (identity, row) => {
    let code = codeOf.get(identity);
    if (code === undefined) {
      code = members.length;
      codeOf.set(identity, code);
      members.push([]);
    }
    members[code].push(row);
    return code;
  });
  return { codes, members };
}

/** @throws {RangeError} When there is not one identity for each embedding. */
export function requireIdentities(identities: readonly unknown[], embeddings: number): void {
  if (identities.length === embeddings) return;
  throw new RangeError(
    `Cannot compare embeddings: expected ${embeddings} identities, one an embedding, got ${identities.length}`,
  );
}

/** Micro-batches of a batch, one after the other. */
export interface Share {
  readonly first: number;
  readonly count: number;
}

/** What the process `rank` of `size` computes of `total` micro-batches: as equal shares as there are, in their order. */
export function shareOf(
  total: number,
  { rank, size }: { readonly rank: number; readonly size: number },
): Share {
  const first = Math.floor((rank * total) / size);
  return { first, count: Math.floor(((rank + 1) * total) / size) - first };
}

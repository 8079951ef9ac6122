/** A photo and its cluster. */
export interface ClusterRow {
  readonly path: string;
  /** From 1, the largest cluster first. */
  readonly cluster: number;
  /** Photos of the cluster. */
  readonly size: number;
}

/** Photos by their clusters, the largest first; of equally large ones that of the first photo. */
export function clusterRows(paths: readonly string[], labels: Int32Array): ClusterRow[] {
  const members = new Map<number, string[]>();
  for (const [row, label] of labels.entries()) {
    const own = members.get(label);
    if (own) own.push(paths[row]);
    else members.set(label, [paths[row]]);
  }
  return [...members.values()]
    .sort((a, b) => b.length - a.length)
    .flatMap((own, i) => own.map((path) => ({ path, cluster: i + 1, size: own.length })));
}

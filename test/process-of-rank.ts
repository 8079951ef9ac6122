import { readdirSync, readFileSync } from "node:fs";

/** The process of a rank that descends from the launcher; `undefined` where it is not there yet, or no more. */
export function processOfRank(launcher: number, rank: number): number | undefined {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const [, parent] = /\) \w (\d+)/.exec(read(`/proc/${name}/stat`)) ?? [];
    parents.set(Number(name), Number(parent));
  }
  for (const pid of parents.keys()) {
    let ancestor: number | undefined = pid;
    while (ancestor && ancestor !== launcher) ancestor = parents.get(ancestor);
    const environment = read(`/proc/${pid}/environ`).split("\0");
    const isRank = [`OMPI_COMM_WORLD_RANK=${rank}`, `PMI_RANK=${rank}`].some((it) =>
      environment.includes(it),
    );
    if (ancestor === launcher && isRank) return pid;
  }
  return undefined;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // ended meanwhile
  }
}

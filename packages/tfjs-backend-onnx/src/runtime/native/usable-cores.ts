import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";

/** The cores that this process may use: those that it may run on, or as many as its quota allows, rounded up. */
export const usableCores = (): number => Math.min(availableParallelism(), Math.ceil(coreQuota()));

/**
 * How many cores' time Linux's control groups leave this process, such as 1.5 in a container that was started with
 * `--cpus 1.5`; infinite where nothing limits it. Version 1 and 2 of control groups.
 *
 * @param root Where the file system begins, for tests.
 */
export function coreQuota(root = "/"): number {
  const groups = [...text(join(root, "proc/self/cgroup")).matchAll(/^\d+:([^:]*):(.*)$/gm)];
  const quotas = groups.flatMap(([, controllers, path]) => {
    const folders = withParents(path);
    if (controllers === "")
      return folders.map((folder) => quotaOf(text(join(root, GROUPS, folder, "cpu.max"))));
    if (!controllers.split(",").includes("cpu")) return [];
    return folders.map((folder) => {
      const [quota, period] = ["quota", "period"].map((name) =>
        text(join(root, GROUPS, "cpu", folder, `cpu.cfs_${name}_us`)),
      );
      return quotaOf(`${quota} ${period}`);
    });
  });
  return Math.min(Number.POSITIVE_INFINITY, ...quotas);
}

const GROUPS = "sys/fs/cgroup";

/** `/a/b`, `/a` and `/`: a group has no more than those around it; a container sees its own as `/`. */
function withParents(path: string): string[] {
  const names = path.split("/").filter(Boolean);
  return [...names.keys(), names.length].map((length) => `/${names.slice(0, length).join("/")}`);
}

/** Cores of `<quota> <period>` in microseconds; no limit where the quota is `max`, -1 or missing. */
function quotaOf(line: string): number {
  const [quota, period] = line.trim().split(/\s+/).map(Number);
  return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY;
}

function text(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Tells a process from all others, of this machine and since its start. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Where `pid` means something: a boot of a host, and of it the container where there is one. */
  readonly machine: string;
  /** When the process started, as the system counts it; process numbers are used again, this pair is not. */
  readonly started: string;
}

/** The process that asks. */
export function thisProcess(): ProcessIdentity {
  const host = hostname();
  const boot = linux(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  const container = linux(() => readlinkSync("/proc/self/ns/pid"));
  const machine = [host, boot, container].filter((part) => part !== "").join(" ");
  return { pid: process.pid, host, machine, started: startOf(process.pid) ?? "" };
}

/** Whether a process of this machine still runs. */
export function isAlive({ pid, started }: Pick<ProcessIdentity, "pid" | "started">): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false; // EPERM: another user's
  }
  return startOf(pid) === started;
}

/** When a process started; "" where the system does not tell, `undefined` where it has ended. */
function startOf(pid: number): string | undefined {
  if (process.platform === "win32") return "";
  try {
    if (process.platform !== "linux") {
      const output = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" });
      return output.trim() || undefined;
    }
    // proc_pid_stat(5), behind the name in parentheses: the state is field 3, the start field 22.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function linux(read: () => string): string {
  try {
    return process.platform === "linux" ? read() : "";
  } catch {
    return "";
  }
}

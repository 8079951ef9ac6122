import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ChildKernel, type RunCell } from "./child-kernel.ts";
import type { KernelMessage } from "./kernel-process.ts";

/** tslab without its sockets, under Node. */
export class TslabKernel extends ChildKernel {
  readonly #child: ChildProcess;

  constructor(cwd: string, timeoutMs: number) {
    // From sources as well: tslab needs Node, and Node 20 needs the built file.
    const script = join(import.meta.dirname, "..", "dist", "kernel-process.js");
    if (!existsSync(script)) {
      throw new Error(
        "Cannot run notebooks: expected the built packages, got sources only; build them first",
      );
    }
    // Deno would start itself in the place of a Node that is not there.
    if (process.versions.deno && !String(spawnSync("node", ["--version"]).stdout).startsWith("v")) {
      throw new Error(
        "Cannot run notebooks in tslab: expected Node on the PATH, got none; take Deno's own kernel (--kernel deno)",
      );
    }
    const node = process.versions.bun || process.versions.deno ? "node" : process.execPath;
    const child = spawn(node, ["--disable-warning=ExperimentalWarning", script], {
      cwd,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      serialization: "json",
    });
    super(child, timeoutMs);
    this.#child = child;
    child.on("message", (message) => this.#take(message as KernelMessage));
  }

  protected override send(request: RunCell): void {
    this.#child.send(request);
  }

  #take(message: KernelMessage): void {
    if (message.type === "ready") this.ready();
    else if (message.type === "done") this.finish(message.ok);
    else this.emit(message);
  }
}

import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writeFileAtomic } from "@amface/files";
import type { OutputEvent } from "./cell-outputs.ts";
import { ChildKernel, type RunCell } from "./child-kernel.ts";
import { type JupyterMessage, JupyterWire } from "./jupyter-message.ts";
import { ZmtpSocket } from "./zmtp-socket.ts";

/** Deno's own kernel, `deno jupyter`, reached as Jupyter reaches it. */
export class DenoKernel extends ChildKernel {
  readonly #folder: string;
  readonly #wire: JupyterWire;
  readonly #abort = new AbortController();
  readonly #sockets: ZmtpSocket[] = [];
  #shell: ZmtpSocket | undefined;
  /** The request that runs, and what of its two ends has come. */
  #running = { id: "", idle: false, reply: undefined as JupyterMessage["content"] | undefined };
  #failed = false;
  /** The reply to a cell whose last outputs are waited for. */
  #ended: JupyterMessage["content"] | undefined;

  private constructor(child: ChildProcess, timeoutMs: number, folder: string, key: string) {
    super(child, timeoutMs);
    this.#folder = folder;
    this.#wire = new JupyterWire(key);
    child.once("close", () => this.#abort.abort());
    child.once("error", () => this.#abort.abort());
  }

  /**
   * Starts the kernel of the Deno that runs this, or of the one on the `PATH`.
   *
   * @param cwd Its working folder, in which cells find packages.
   */
  static async start(cwd: string, timeoutMs: number): Promise<DenoKernel> {
    const [shell, iopub, stdin, control, hb] = await freePorts(5);
    const key = randomUUID();
    const connection = {
      ...{ ip: "127.0.0.1", transport: "tcp", signature_scheme: "hmac-sha256", key, kernel_name: "deno" },
      ...{ shell_port: shell, iopub_port: iopub, stdin_port: stdin, control_port: control, hb_port: hb },
    };
    const folder = mkdtempSync(join(tmpdir(), "amface-kernel-"));
    const file = join(folder, "connection.json");
    await writeFileAtomic(file, Buffer.from(JSON.stringify(connection)));
    const deno = process.versions.deno ? process.execPath : "deno";
    const child = spawn(deno, ["jupyter", "--kernel", "--conn", file], {
      cwd,
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
    });
    const kernel = new DenoKernel(child, timeoutMs, folder, key);
    kernel.#connect(shell, iopub).catch((error) => {
      if (!kernel.#abort.signal.aborted) kernel.die("KernelError", String(error));
    });
    return kernel;
  }

  override stop(): void {
    super.stop();
    this.#abort.abort();
    for (const socket of this.#sockets) socket.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  protected override send({ source }: RunCell): void {
    this.#failed = false;
    this.#request("execute_request", {
      ...{ code: source, silent: false, store_history: true, user_expressions: {} },
      ...{ allow_stdin: false, stop_on_error: true },
    });
  }

  async #connect(shell: number, iopub: number): Promise<void> {
    const { signal } = this.#abort;
    const take = (frames: Buffer[]) => this.#take(this.#wire.decode(frames));
    this.#sockets.push(await ZmtpSocket.connect("SUB", iopub, take, signal));
    this.#shell = await ZmtpSocket.connect("DEALER", shell, take, signal);
    this.#sockets.push(this.#shell);
    // A subscription has no answer: until the state of the kernel comes through it, outputs would be lost.
    while (!this.#running.idle) {
      signal.throwIfAborted();
      this.#request("kernel_info_request", {});
      await sleep(200);
    }
    this.ready();
  }

  #request(type: string, content: object): void {
    const { id, frames } = this.#wire.encode(type, content);
    this.#running = { id, idle: false, reply: undefined };
    this.#shell!.send(frames);
  }

  #take({ type, parent, content }: JupyterMessage): void {
    const isOfCell = parent === this.#running.id;
    if (type === "status") this.#running.idle ||= isOfCell && content.execution_state === "idle";
    else if (type === "execute_reply") this.#running.reply = isOfCell ? content : this.#running.reply;
    else {
      const event = outputEvent(type, content);
      if (event) this.emit(event);
      this.#failed ||= event?.type === "error";
    }
    const { idle, reply } = this.#running;
    if (idle && this.#ended) this.#finished(this.#ended);
    if (!idle || !reply) return;
    // Deno may send what a cell shows behind the cell's end; an answer that is asked for now comes behind both.
    this.#ended = reply;
    this.#request("kernel_info_request", {});
  }

  #finished(reply: JupyterMessage["content"]): void {
    const ok = reply.status === "ok";
    // Deno tells of code that it cannot parse on its own console alone.
    if (!ok && !this.#failed) this.emit(errorEvent(reply));
    this.#running = { id: "", idle: false, reply: undefined };
    this.#ended = undefined;
    this.finish(ok);
  }
}

/** What a message shows below the cell, if anything. */
function outputEvent(type: string, content: JupyterMessage["content"]): OutputEvent | undefined {
  if (type === "stream") return { type, name: content.name, text: content.text };
  if (type === "error") return errorEvent(content);
  if (!/^(execute_result|(update_)?display_data)$/.test(type)) return undefined;
  const { data, metadata, transient } = content;
  if (Object.keys(data).length === 0) return undefined;
  return {
    ...{ type: "display", data, metadata },
    ...{ id: transient?.display_id, update: type === "update_display_data" },
  };
}

function errorEvent({ ename, evalue, traceback }: JupyterMessage["content"]): OutputEvent {
  const text = traceback.length > 0 ? traceback.join("\n") : `${ename}: ${evalue}`;
  return { type: "error", ename, evalue, traceback: text };
}

/** Ports that nobody listens on now. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

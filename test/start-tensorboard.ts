import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A TensorBoard of its own, on a free port. */
export class TensorBoard {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  /**
   * Starts it and waits until it has read a run.
   *
   * @param python One that has `tensorboard`.
   * @param fast Whether its data server reads the events, as it does by default where it is installed, or its Python.
   */
  static async start(python: string, logdir: string, fast: boolean): Promise<TensorBoard> {
    const where = ["--logdir", logdir, "--host", "127.0.0.1", "--port", "0", "--load_fast", String(fast)];
    const child = spawn(python, ["-m", "tensorboard.main", ...where], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const said: string[] = [];
    for await (const line of createInterface({ input: child.stderr! })) {
      said.push(line);
      const url = /TensorBoard \S+ at (http:\S+)\//.exec(line)?.[1];
      if (url === undefined) continue;
      child.stderr!.resume();
      const board = new TensorBoard(url, child);
      while (((await board.get("runs")) as string[]).length === 0)
        await new Promise((r) => setTimeout(r, 200));
      return board;
    }
    throw new Error(`Cannot start TensorBoard: expected where it listens, got ${said.join("\n")}`);
  }

  /** What its HTTP API answers, read as JSON. */
  async get(path: string, query: Readonly<Record<string, string>> = {}): Promise<unknown> {
    return await (await this.#fetch(path, query)).json();
  }

  /** What it answers where it is sent JSON. */
  async post(path: string, content: object): Promise<unknown> {
    const headers = { "Content-Type": "application/json" };
    return await (
      await this.#fetch(path, {}, { method: "POST", headers, body: JSON.stringify(content) })
    ).json();
  }

  async bytes(path: string, query: Readonly<Record<string, string>>): Promise<Buffer> {
    return Buffer.from(await (await this.#fetch(path, query)).arrayBuffer());
  }

  async #fetch(
    path: string,
    query: Readonly<Record<string, string>>,
    request: RequestInit = {},
  ): Promise<Response> {
    const response = await fetch(`${this.url}/data/${path}?${new URLSearchParams(query)}`, request);
    if (!response.ok) throw new Error(`Cannot get ${path} of TensorBoard: got ${response.status}`);
    return response;
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.on("exit", resolve));
    this.#child.kill();
    await ended;
  }
}

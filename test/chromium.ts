import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Path of a Chromium that is installed, or `undefined`. */
export function chromium(): string | undefined {
  return PATHS.find((path) => existsSync(path));
}

type Reply = { readonly result?: Record<string, never>; readonly error?: { readonly message: string } };

/** A page in a headless Chromium of its own, driven by the DevTools protocol. */
export class Page {
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #next = 1;
  /** Exceptions, console errors and warnings, and resources that did not load, as they came. */
  readonly problems: string[] = [];
  /** Everything that the page asked for. */
  readonly requests: string[] = [];

  private constructor(child: ChildProcess, profile: string, socket: WebSocket) {
    this.#child = child;
    this.#profile = profile;
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#receive(JSON.parse(String(data))));
  }

  /** Opens a file, or the page at an address, and waits until it has loaded. */
  static async open(where: string, { width = 1100, height = 900 } = {}): Promise<Page> {
    const profile = await mkdtemp(join(tmpdir(), "amface-chromium-"));
    const child = spawn(
      chromium()!,
      [
        ...["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0"],
        ...[`--user-data-dir=${profile}`, `--window-size=${width},${height}`, "about:blank"],
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    const socket = new WebSocket(await pageAddress(child));
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", () => reject(new Error("Cannot reach Chromium's page")));
    });
    const page = new Page(child, profile, socket);
    for (const domain of ["Runtime", "Log", "Network", "Page"]) await page.send(`${domain}.enable`);
    const url = where.startsWith("http:") ? where : pathToFileURL(where).href;
    await page.send("Page.navigate", { url });
    await page.evaluate(`new Promise((resolve) => {
      const wait = () => document.readyState === "complete" && location.href !== "about:blank" ? resolve() : setTimeout(wait, 20);
      wait();
    })`);
    return page;
  }

  /** Value of an expression in the page; promises are awaited. */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = (await this.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })) as unknown as { result: { value: unknown }; exceptionDetails?: { text: string } };
    if (exceptionDetails) throw new Error(`Cannot evaluate in the page: ${exceptionDetails.text}`);
    return result.value;
  }

  /** PNG of what the window shows. */
  async screenshot(): Promise<Buffer> {
    const { data } = (await this.send("Page.captureScreenshot", { format: "png" })) as unknown as {
      data: string;
    };
    return Buffer.from(data, "base64");
  }

  send(method: string, params: object = {}): Promise<Record<string, never>> {
    const id = this.#next++;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) =>
        error ? reject(new Error(error.message)) : resolve(result!),
      );
    });
  }

  async close(): Promise<void> {
    this.#socket.close();
    const ended = new Promise((resolve) => this.#child.on("exit", resolve));
    this.#child.kill();
    await ended;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  // biome-ignore lint/suspicious/noExplicitAny: messages of the DevTools protocol, of which a few fields are read
  #receive({ id, method, params, ...reply }: any): void {
    if (id !== undefined) this.#waiting.get(id)?.(reply);
    if (method === "Runtime.exceptionThrown")
      this.problems.push(params.exceptionDetails.exception?.description);
    if (method === "Runtime.consoleAPICalled" && ["error", "warning", "assert"].includes(params.type)) {
      this.problems.push(JSON.stringify(params.args));
    }
    if (method === "Log.entryAdded" && ["error", "warning"].includes(params.entry.level)) {
      this.problems.push(params.entry.text);
    }
    if (method === "Network.requestWillBeSent") this.requests.push(params.request.url);
  }
}

/** Where Chromium says that its first page listens. */
async function pageAddress(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stderr! })) {
    const port = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port === undefined) continue;
    child.stderr!.resume();
    const pages = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
      type: string;
      webSocketDebuggerUrl: string;
    }[];
    return pages.find(({ type }) => type === "page")!.webSocketDebuggerUrl;
  }
  throw new Error("Cannot start Chromium: expected where it listens, got its end");
}

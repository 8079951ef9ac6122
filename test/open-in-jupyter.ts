import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { startJupyter } from "@amface/notebook";
import { Page } from "./chromium.ts";

/** In the repository, so that the cells find its packages; git ignores it. */
const RUNS = join(import.meta.dirname, "..", "runs");

/** Version of Jupyter Notebook here, `6.4.12`, or `undefined`. */
export function jupyterNotebook(): string | undefined {
  return spawnSync("jupyter-notebook", ["--version"], { encoding: "utf8" }).stdout?.trim() || undefined;
}

/** A copy of a notebook, opened in a Jupyter Notebook and a Chromium of its own. */
export interface OpenNotebook {
  readonly page: Page;
  /** Waits until an expression holds in the page; fails after so many seconds. */
  until(expression: string, seconds?: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens a copy of `file` and waits for its kernel. */
export async function openInJupyter(
  file: string,
  window: { width: number; height: number },
): Promise<OpenNotebook> {
  await mkdir(RUNS, { recursive: true });
  const folder = await mkdtemp(join(RUNS, "jupyter-"));
  await cp(file, join(folder, basename(file)));
  // Settings, kernels and history of the user stay out of it.
  const environment = {
    ...process.env,
    JUPYTER_CONFIG_DIR: join(folder, "config"),
    JUPYTER_DATA_DIR: folder,
  };
  const args = ["--no-browser", "--allow-root", `--port=${await freePort()}`];
  const server = await startJupyter(environment, { folder, args, stdio: "pipe" });
  let page: Page | undefined;
  const close = async () => {
    await page?.close();
    if (server.exitCode === null) {
      server.kill("SIGTERM");
      await once(server, "exit");
    }
    await rm(folder, { recursive: true });
  };
  try {
    const opened = await Page.open(await address(server.stderr!, basename(file)), window);
    page = opened;
    const until = (expression: string, seconds = 90) => waitUntil(opened, expression, seconds);
    await until("window.Jupyter?.notebook?._fully_loaded && Jupyter.notebook.kernel?.is_connected()");
    return { page, until, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}

/** The notebook's address, from what Jupyter prints. */
async function address(output: NodeJS.ReadableStream, name: string): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const url = /http:\/\/127\.0\.0\.1:\d+\/\?token=\w+/.exec(line)?.[0];
    if (url === undefined) continue;
    output.resume();
    return url.replace("/?", `/notebooks/${name}?`);
  }
  throw new Error("Cannot reach Jupyter: expected its address, got the end of its output");
}

async function waitUntil(page: Page, expression: string, seconds: number): Promise<void> {
  const end = Date.now() + 1000 * seconds;
  while (!(await page.evaluate(`Boolean(${expression})`))) {
    if (Date.now() > end) throw new Error(`Expected within ${seconds} s: ${expression}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

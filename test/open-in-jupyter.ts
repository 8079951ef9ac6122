import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { type Notebook, startJupyter } from "@amface/notebook";
import { Page } from "./chromium.ts";

/** In the repository, so that the cells find its packages; git ignores it. */
const RUNS = join(import.meta.dirname, "..", "runs");

export type JupyterApp = "lab" | "notebook";

/** Version of a program of Jupyter's here, `4.6.6`, or `undefined`. */
export function jupyterVersion(app: JupyterApp): string | undefined {
  return spawnSync(`jupyter-${app}`, ["--version"], { encoding: "utf8" }).stdout?.trim() || undefined;
}

/** A copy of a notebook, opened in a Jupyter and a Chromium of its own. */
export interface OpenNotebook {
  readonly page: Page;
  /** Waits until an expression holds in the page; fails after so many seconds. */
  until(expression: string, seconds?: number): Promise<void>;
  /** Runs a command of Jupyter's, such as `notebook:run-all-cells`, and does not wait for its end. */
  command(name: string): Promise<void>;
  /** Presses a key, such as `Tab`, with Shift if asked for. */
  press(key: string, code: number, shift?: boolean): Promise<void>;
  /** Saves the notebook and reads its file. */
  saved(): Promise<Notebook>;
  close(): Promise<void>;
}

/** In the page: the notebook's widget. */
export const NOTEBOOK =
  '[...(window.jupyterapp?.shell.widgets("main") ?? [])].find(({ content }) => content?.widgets)';
/** In the page: the widgets of its code cells. */
export const CODE_CELLS = `(${NOTEBOOK}).content.widgets.filter(({ model }) => model.type === "code")`;
/** In the page: whether some cell failed, or all ran to their end. */
export const FAILED = `${CODE_CELLS}.some(({ model }) => model.outputs.toJSON().some((o) => o.output_type === "error"))`;
export const RAN = `${CODE_CELLS}.every(({ model }) => model.executionCount !== null && model.executionState === "idle")`;

/** Opens a copy of `file`, with a kernel chosen, in JupyterLab or in Jupyter Notebook 7 and waits for its kernel. */
export async function openInJupyter(
  app: JupyterApp,
  file: string,
  window: { width: number; height: number },
  kernel: "tslab" | "deno" = "tslab",
): Promise<OpenNotebook> {
  await mkdir(RUNS, { recursive: true });
  const folder = await mkdtemp(join(RUNS, "jupyter-"));
  const copy = join(folder, basename(file));
  const notebook = JSON.parse(await readFile(file, "utf8")) as Notebook;
  notebook.metadata.kernelspec = { name: kernel, display_name: kernel, language: "typescript" };
  await writeFile(copy, JSON.stringify(notebook));
  // Settings, kernels and history of the user stay out of it, and Jupyter does not ask whether to fetch its news.
  const config = join(folder, "config");
  const settings = join(config, "lab", "user-settings", "@jupyterlab", "apputils-extension");
  await mkdir(settings, { recursive: true });
  await writeFile(join(settings, "notification.jupyterlab-settings"), '{ "fetchNews": "false" }');
  const environment = { ...process.env, JUPYTER_CONFIG_DIR: config, JUPYTER_DATA_DIR: join(folder, "data") };
  const args = ["--no-browser", "--allow-root", "--expose-app-in-browser", `--port=${await freePort()}`];
  const server = await startJupyter(environment, { app, folder, kernel, args, stdio: "pipe" });
  let page: Page | undefined;
  const close = async () => {
    await page?.close();
    if (server.exitCode === null) {
      server.kill("SIGTERM");
      await once(server, "exit");
    }
    await rm(folder, { recursive: true, maxRetries: 5 });
  };
  try {
    const path = app === "lab" ? "/lab/tree/" : "/notebooks/";
    const opened = await Page.open(await address(server.stderr!, path + basename(file)), window);
    page = opened;
    const driver = drive(opened, copy);
    await driver.until(`(${NOTEBOOK})?.sessionContext?.session?.kernel?.status === "idle"`);
    // Commands go to the current notebook, which a page without focus lacks.
    await opened.send("Emulation.setFocusEmulationEnabled", { enabled: true });
    await opened.evaluate(`jupyterapp.shell.activateById((${NOTEBOOK}).id)`);
    await driver.until(`jupyterapp.shell.currentWidget === ${NOTEBOOK}`);
    return { page, ...driver, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function drive(page: Page, file: string): Omit<OpenNotebook, "page" | "close"> {
  return {
    async until(expression, seconds = 90) {
      const end = Date.now() + 1000 * seconds;
      while (!(await page.evaluate(`Boolean(${expression})`))) {
        if (Date.now() > end) throw new Error(`Expected within ${seconds} s: ${expression}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    },
    async command(name) {
      await page.evaluate(`void jupyterapp.commands.execute("${name}")`);
    },
    async press(key, code, shift = false) {
      for (const type of ["keyDown", "keyUp"]) {
        const event = { type, key, code: key, windowsVirtualKeyCode: code, modifiers: shift ? 8 : 0 };
        await page.send("Input.dispatchKeyEvent", event);
      }
    },
    async saved() {
      await page.evaluate(`(${NOTEBOOK}).context.save()`);
      return JSON.parse(await readFile(file, "utf8")) as Notebook;
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}

/** The address of a page, from what Jupyter prints. */
async function address(output: NodeJS.ReadableStream, path: string): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const [, server, token] = /(http:\/\/127\.0\.0\.1:\d+)\/\w+\?token=(\w+)/.exec(line) ?? [];
    if (server === undefined) continue;
    output.resume();
    return `${server}${path}?token=${token}`;
  }
  throw new Error("Cannot reach Jupyter: expected its address, got the end of its output");
}

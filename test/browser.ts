import { type Browser, type BrowserContext, chromium as launcher, type Page } from "playwright-core";
import { chromium } from "./chromium.ts";

/** Why tests in a browser cannot run. */
export const browserMissing = chromium() === undefined && "needs chromium";

/** What makes WebGPU run on SwiftShader, without a GPU. */
const WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];

/** A headless Chromium, to be closed. @param options.webgpu Whether its pages have WebGPU, on SwiftShader. */
export function openBrowser({ webgpu = false }: { readonly webgpu?: boolean } = {}): Promise<Browser> {
  return launcher.launch({
    executablePath: chromium(),
    args: [
      "--no-sandbox",
      "--disable-dev-shm-usage",

      ...(webgpu ? WEBGPU : ["--disable-gpu"]),
    ],
  });
}

/** Collects what goes wrong in a page from here on: errors and warnings on its console, exceptions, what did not load. */
export function problemsOf(page: Page): string[] {
  const problems: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning", "assert"].includes(message.type())) problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(error.stack ?? error.message));
  page.on("requestfailed", (request) => problems.push(`${request.url()}: ${request.failure()?.errorText}`));
  return problems;
}

/** Opens a page that says by a global variable when it is ready. A busy machine takes its time with WebAssembly. */
export async function openPage(browser: Browser | BrowserContext, url: string, ready: string): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  await page.goto(url);
  await page.waitForFunction(`globalThis.${ready}`);
  return page;
}

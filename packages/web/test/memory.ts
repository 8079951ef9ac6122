import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { CDPSession, Page } from "playwright-core";

/** What a page takes. */
export interface Memory {
  /** Of the page and its workers, as the browser counts them. */
  readonly bytes: number;
  /** Resident, of all processes that render pages, WebAssembly's memory too; 0 where there is no /proc. */
  readonly resident: number;
  readonly tensors: string | null;
}

/** What the page of a cross-origin isolated site takes, but for tensors, which it counts itself. */
export async function memoryOf(page: Page): Promise<Omit<Memory, "tensors">> {
  const measure = "performance.measureUserAgentSpecificMemory().then(({ bytes }) => bytes)";
  const bytes = await page.evaluate<number>(measure);
  const session = (await page.context().browser()?.newBrowserCDPSession()) as CDPSession;
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const renderers = processInfo.filter(({ type }) => type === "renderer");
  const kilobytes = await Promise.all(
    renderers.map(async ({ id }) => {
      const status = await readFile(`/proc/${id}/status`, "utf8").catch(() => "");
      return Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0);
    }),
  );
  return { bytes, resident: 1024 * kilobytes.reduce((sum, size) => sum + size, 0) };
}

/**
 * What was measured after 40 and after 240 of something does not differ by more than memory that is not yet collected.
 *
 * @param uncollected Bytes by which resident memory may grow.
 */
export function assertFlat(
  [before, now]: readonly Memory[],
  what: string,
  { uncollected = 60e6 }: { readonly uncollected?: number } = {},
): void {
  const said = [before, now].map(
    ({ bytes, resident, tensors }) =>
      `${(bytes / 1e6).toFixed(1)} MB (resident ${(resident / 1e6).toFixed(0)}), ${tensors} tensors`,
  );
  console.log(`    after 40 ${what} ${said[0]}; after 240 ${said[1]}`);
  assert.equal(now.tensors, before.tensors);
  assert.ok(now.bytes < before.bytes + 20e6, said.join(", then "));
  assert.ok(now.resident < before.resident + uncollected, said.join(", then "));
}

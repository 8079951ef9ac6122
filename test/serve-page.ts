import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
};

/** What lets a page share memory between threads. */
const ISOLATING = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

export interface Site {
  /** Where the first page is, without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves folders on this machine alone.
 *
 * @param folders By the path below which each appears, such as `/` and `/ort/`; the longest that fits is taken.
 * @param options.isolated Whether pages are cross-origin isolated, as they are by default.
 * @param options.csp The pages' Content-Security-Policy.
 */
export async function servePage(
  folders: Readonly<Record<string, string>>,
  { isolated = true, csp }: { readonly isolated?: boolean; readonly csp?: string } = {},
): Promise<Site> {
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);
  const server = createServer(async ({ url = "/" }, response) => {
    const path = decodeURIComponent(new URL(url, "http://localhost").pathname);
    const prefix = prefixes.find((start) => path.startsWith(start));
    const name = path.endsWith("/") ? `${path}index.html` : path;
    const content =
      prefix === undefined
        ? undefined
        : await readFile(join(folders[prefix], name.slice(prefix.length))).catch(() => undefined);
    response.writeHead(content ? 200 : 404, {
      "content-type": TYPES[extname(name)] ?? "application/octet-stream",
      ...(isolated && ISOLATING),
      ...(csp && { "content-security-policy": csp }),
    });
    response.end(content);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

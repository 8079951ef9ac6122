import { createHash } from "node:crypto";
import type { Plugin } from "vite";

const sha256Of = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");

/** Tells the service worker which files there are, with checksums, and a version that changes with any of them. */
export function listFiles(): Plugin {
  return {
    name: "amface-list-files",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      const sums: Record<string, string> = {};
      for (const name of Object.keys(bundle).sort()) {
        const item = bundle[name];
        if (name === "sw.js" || name.endsWith(".map")) continue;
        sums[name === "index.html" ? "./" : name] = sha256Of(item.type === "asset" ? item.source : item.code);
      }
      const worker = bundle["sw.js"];
      if (worker?.type !== "chunk")
        throw new Error("Cannot build the page: expected a service worker, got none");
      const version = sha256Of(worker.code + JSON.stringify(sums)).slice(0, 16);
      const isPart = (name: string) => name.startsWith("box/") && name !== "box/box.json";
      const shell = Object.fromEntries(Object.entries(sums).filter(([name]) => !isPart(name)));
      worker.code = worker.code
        .replace("__VERSION__", version)
        .replace('"__FILES__"', JSON.stringify(shell))
        .replace('"__PARTS__"', JSON.stringify(Object.keys(sums).filter(isPart)));
    },
  };
}

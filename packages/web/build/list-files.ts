import { createHash } from "node:crypto";
import type { Plugin } from "vite";

/** Tells the service worker which files there are, and a version that changes with any of them. */
export function listFiles(): Plugin {
  return {
    name: "amface-list-files",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      const files = Object.keys(bundle).filter((name) => name !== "sw.js" && !name.endsWith(".map"));
      const hash = createHash("sha256");
      for (const name of files.sort()) {
        const item = bundle[name];
        hash.update(name).update(item.type === "asset" ? item.source : item.code);
      }
      const worker = bundle["sw.js"];
      if (worker?.type !== "chunk")
        throw new Error("Cannot build the page: expected a service worker, got none");
      const shell = ["./", ...files.filter((name) => !name.startsWith("box/") || /\.(json|mjs)$/.test(name))];
      worker.code = worker.code
        .replace("__VERSION__", hash.digest("hex").slice(0, 16))
        .replace('"__FILES__"', JSON.stringify(shell.filter((name) => name !== "index.html")));
    },
  };
}

import { join } from "node:path";
import { defineConfig } from "vite";
import { box } from "./build/box.ts";
import { listFiles } from "./build/list-files.ts";
import { HEADERS } from "./src/headers.ts";

const ROOT = import.meta.dirname;

/**
 * The page as files for any static host, in `dist`. `AMFACE_EMBEDDER` names a net to put into the box instead of the
 * embedder of `@amface/weights`.
 */
export default defineConfig(({ command }) => ({
  root: ROOT,
  base: "./",
  // Packages as they are published: a build of them comes first. The box has ONNX Runtime's WebAssembly already.
  resolve: { conditions: ["onnxruntime-web-use-extern-wasm", "browser", "module", "import"] },
  plugins: [box(process.env.AMFACE_EMBEDDER), listFiles()],
  worker: { format: "es", rollupOptions: { treeshake: { annotations: false } } },
  build: {
    target: "es2022",
    outDir: process.env.AMFACE_WEB_DIST ?? join(ROOT, "dist"),
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4000,
    rollupOptions: {
      input: { index: join(ROOT, "index.html"), sw: join(ROOT, "src", "sw.ts") },
      output: { entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
  preview: { headers: HEADERS },
  ...(command === "serve" && { cacheDir: join(ROOT, "node_modules", ".vite") }),
}));

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { writeFileAtomic } from "@amface/files";
import { build, type Plugin } from "esbuild";

const require = createRequire(import.meta.url);
const CORE = join(require.resolve("@tensorflow/tfjs-core/package.json"), "..");

/** The folder of the files that onnxruntime-web loads. */
export const ORT_FILES = join(require.resolve("onnxruntime-web/wasm"), "..");

/** Makes tfjs-core's name mean its separate modules, which its specs import: they and what they test share one. */
const oneCore: Plugin = {
  name: "one tfjs-core",
  setup({ onResolve }) {
    onResolve({ filter: /^@tensorflow\/tfjs-core$/ }, () => ({ path: join(CORE, "dist/index.js") }));
    onResolve({ filter: /^@tensorflow\/tfjs-core\// }, ({ path }) => ({
      path: join(CORE, "..", "..", path.endsWith(".js") ? path : `${path}.js`),
    }));
  },
};

/** Makes the name of a package that is another in browsers mean that. */
const forBrowsers: Plugin = {
  name: "packages for browsers",
  setup({ onResolve }) {
    onResolve({ filter: /^@amface\/[^/]+$/ }, async ({ path }) => {
      const folder = join(import.meta.dirname, "..", "packages", path.slice("@amface/".length));
      const { exports } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
      return exports["."].browser ? { path: join(folder, "src", "browser.ts") } : undefined;
    });
  },
};

/**
 * Bundles a program with the packages' sources for a browser, and writes a page that loads it, `index.html`. A module of
 * Node's fails the build.
 */
export async function bundlePage(program: string, dir: string): Promise<void> {
  await build({
    entryPoints: [program],
    outfile: join(dir, "page.js"),
    ...{ bundle: true, format: "esm", logLevel: "silent", platform: "browser" },
    mainFields: ["module", "main"],
    conditions: ["@amface/source", "onnxruntime-web-use-extern-wasm"],
    define: { global: "globalThis" },
    // TensorFlow.js registers kernels by calls that it marks as free of effects.
    ignoreAnnotations: true,
    plugins: [oneCore, forBrowsers],
  });
  const html = `<!doctype html><link rel="icon" href="data:,"><script type="module" src="page.js"></script>`;
  await writeFileAtomic(join(dir, "index.html"), html);
}

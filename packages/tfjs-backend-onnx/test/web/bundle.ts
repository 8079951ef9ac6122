import { createRequire } from "node:module";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";

const require = createRequire(import.meta.url);
const SOURCES = join(import.meta.dirname, "..", "..", "src");
const CORE = join(require.resolve("@tensorflow/tfjs-core/package.json"), "..");

/** Files that onnxruntime-web loads. */
export const ORT_FILES = join(require.resolve("onnxruntime-web/wasm"), "..");

/** Makes tfjs-core's name mean its separate modules, which its specs import: they and the backend share one. */
const oneCore: Plugin = {
  name: "one tfjs-core",
  setup({ onResolve }) {
    onResolve({ filter: /^@tensorflow\/tfjs-core$/ }, () => ({ path: join(CORE, "dist/index.js") }));
    onResolve({ filter: /^@tensorflow\/tfjs-core\// }, ({ path }) => ({
      path: join(CORE, "..", "..", path.endsWith(".js") ? path : `${path}.js`),
    }));
  },
};

/** Bundles a program of `programs/` for a page, from this package's sources. */
export async function bundle(program: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, "programs", program)],
    outfile,
    ...{ bundle: true, format: "esm", logLevel: "error", sourcemap: false },
    mainFields: ["module", "main"],
    conditions: ["@amface/source", "onnxruntime-web-use-extern-wasm"],
    alias: { "@amface/tfjs-backend-onnx/browser": join(SOURCES, "browser.ts") },
    define: { global: "globalThis" },
    // TensorFlow.js registers kernels by calls that it marks as free of effects.
    ignoreAnnotations: true,
    plugins: [oneCore],
  });
}

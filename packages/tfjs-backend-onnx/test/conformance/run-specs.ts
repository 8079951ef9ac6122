/**
 * Runs TensorFlow.js's own specs on one backend and writes what became of each, as a `SpecReport`:
 *
 *     bun run-specs.ts onnx report.json
 *
 * The specs import tfjs-core's separate modules. So that they and the backend share one tfjs-core, the package's
 * name is made to mean those modules too.
 */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { OnnxBackend } from "@amface/tfjs-backend-onnx";
import { plugin } from "bun";
import { collectBackends, reportSpecs, seedRandom } from "./jasmine-run.ts";

const [backendName, reportFile] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const core = join(require.resolve("@tensorflow/tfjs-core/package.json"), "..");

plugin({
  name: "one tfjs-core",
  setup(build) {
    build.onResolve({ filter: /^@tensorflow\/tfjs-core$/ }, () => ({ path: join(core, "dist/index.js") }));
    build.onResolve({ filter: /^@tensorflow\/tfjs-core\// }, ({ path }) => ({
      path: join(core, "..", "..", path.endsWith(".js") ? path : `${path}.js`),
    }));
  },
});

/** Jasmine as a browser would have it: its functions are global. */
function startJasmine() {
  const jasmineRequire = require("jasmine-core/lib/jasmine-core/jasmine.js");
  const jasmine = jasmineRequire.core(jasmineRequire);
  Object.assign(globalThis, jasmineRequire.interface(jasmine, jasmine.getEnv()), { jasmine });
  return jasmine.getEnv();
}

seedRandom();
const env = startJasmine();
const { setTestEnvs } = await import(join(core, "dist/jasmine_util.js"));
// Specs carry the environment's name in theirs: one name for all backends makes them comparable.
setTestEnvs([{ name: "backend", backendName, isDataSync: true }]);
await import(join(core, "dist/register_all_gradients.js"));
await import(join(core, "dist/public/chained_ops/register_all_chained_ops.js"));
const modules: Record<string, string> = {
  onnx: "@amface/tfjs-backend-onnx",
  tensorflow: "@tensorflow/tfjs-node",
};
await import(modules[backendName] ?? `@tensorflow/tfjs-backend-${backendName}`);
const backends =
  backendName === "onnx" ? collectBackends<OnnxBackend>(await import("@tensorflow/tfjs-core")) : [];
await import(join(core, "dist/tests.js"));

reportSpecs(env, backends, (report) => {
  writeFileSync(reportFile, JSON.stringify(report));
  process.exit(0);
});
env.execute();

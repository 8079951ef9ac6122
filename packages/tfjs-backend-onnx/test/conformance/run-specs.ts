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
import type * as TfCore from "@tensorflow/tfjs-core";
import { plugin } from "bun";

export interface SpecReport {
  /** `passed`, `pending`, or what failed, by the spec's full name. */
  readonly specs: Readonly<Record<string, string>>;
  /** Models that were compiled. */
  readonly compilations: number;
}

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

/** Specs that draw numbers draw the same ones in every run. */
function seedRandom(): void {
  let state = 1;
  Math.random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Jasmine as a browser would have it: its functions are global. */
function startJasmine() {
  const jasmineRequire = require("jasmine-core/lib/jasmine-core/jasmine.js");
  const jasmine = jasmineRequire.core(jasmineRequire);
  Object.assign(globalThis, jasmineRequire.interface(jasmine, jasmine.getEnv()), { jasmine });
  return jasmine.getEnv();
}

/** Keeps the onnx backends that the specs make, of which there are many. */
async function collectBackends(): Promise<OnnxBackend[]> {
  const tf: typeof TfCore = await import("@tensorflow/tfjs-core");
  const backends: OnnxBackend[] = [];
  const make = tf.findBackendFactory("onnx");
  tf.removeBackend("onnx");
  tf.registerBackend("onnx", () => {
    const backend = make() as unknown as OnnxBackend;
    backends.push(backend);
    return backend;
  });
  return backends;
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
const backends = backendName === "onnx" ? await collectBackends() : [];
await import(join(core, "dist/tests.js"));

interface SpecResult {
  readonly fullName: string;
  readonly status: string;
  readonly failedExpectations: readonly { readonly message: string }[];
}

const specs: Record<string, string> = {};
env.configure({ random: false });
env.addReporter({
  specDone({ fullName, status, failedExpectations }: SpecResult) {
    // Some specs share a name.
    let name = fullName;
    for (let i = 2; name in specs; i++) name = `${fullName} (${i})`;
    specs[name] = status === "failed" ? failedExpectations.map(({ message }) => message).join("\n") : status;
  },
  jasmineDone() {
    const compilations = backends.reduce((sum, backend) => sum + backend.compilations, 0);
    writeFileSync(reportFile, JSON.stringify({ specs, compilations } satisfies SpecReport));
    process.exit(0);
  },
});
env.execute();

/**
 * Runs those of TensorFlow.js's own specs whose names `?filter=` fits, on the backend `onnx` in a page, and leaves a
 * `SpecReport` in `report`.
 */
import { type OnnxBackend, setDevice } from "@amface/tfjs-backend-onnx/browser";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
// @ts-expect-error it has no types
import jasmineRequire from "jasmine-core/lib/jasmine-core/jasmine.js";
import { collectBackends, reportSpecs, seedRandom } from "../../conformance/jasmine-run.ts";

const filter = new RegExp(new URLSearchParams(location.search).get("filter") ?? "");

seedRandom();
const jasmine = jasmineRequire.core(jasmineRequire);
const env = jasmine.getEnv();
Object.assign(globalThis, jasmineRequire.interface(jasmine, env), { jasmine });
await setDevice("wasm", { wasmPaths: "/ort/" });
const { setTestEnvs } = await import("@tensorflow/tfjs-core/dist/jasmine_util.js");
setTestEnvs([{ name: "backend", backendName: "onnx", isDataSync: false }]);
await import("@tensorflow/tfjs-core/dist/register_all_gradients.js");
await import("@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js");
const backends = collectBackends<OnnxBackend>(tf);
await import("@tensorflow/tfjs-core/dist/tests.js");
env.configure({ specFilter: (spec: { getFullName(): string }) => filter.test(spec.getFullName()) });
reportSpecs(env, backends, (report) => Object.assign(globalThis, { report }));
env.execute();

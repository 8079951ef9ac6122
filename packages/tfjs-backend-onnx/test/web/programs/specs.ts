/** Runs TensorFlow.js's own specs in a page, on the backend that `?backend=` names, and leaves a `SpecReport` in `report`. */
import { type OnnxBackend, setDevice } from "@amface/tfjs-backend-onnx/browser";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
// @ts-expect-error it has no types
import jasmineRequire from "jasmine-core/lib/jasmine-core/jasmine.js";

const parameters = new URLSearchParams(location.search);
const backendName = parameters.get("backend");
const filter = new RegExp(parameters.get("filter") ?? "");

let state = 1;
Math.random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

const jasmine = jasmineRequire.core(jasmineRequire);
const env = jasmine.getEnv();
Object.assign(globalThis, jasmineRequire.interface(jasmine, env), { jasmine });
if (backendName === "onnx") await setDevice("wasm", { wasmPaths: "/ort/" });

const { setTestEnvs } = await import("@tensorflow/tfjs-core/dist/jasmine_util");
setTestEnvs([{ name: "backend", backendName: backendName!, isDataSync: backendName === "cpu" }]);
await import("@tensorflow/tfjs-core/dist/register_all_gradients");
await import("@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops");
const backends: OnnxBackend[] = [];
const make = tf.findBackendFactory("onnx");
tf.removeBackend("onnx");
tf.registerBackend("onnx", async () => {
  const backend = (await make()) as unknown as OnnxBackend;
  backends.push(backend);
  return backend;
});
await import("@tensorflow/tfjs-core/dist/tests");

const specs: Record<string, string> = {};
let done = 0;
env.configure({
  random: false,
  specFilter: (spec: { getFullName(): string }) => filter.test(spec.getFullName()),
});
env.addReporter({
  specDone({
    fullName,
    status,
    failedExpectations,
  }: {
    fullName: string;
    status: string;
    failedExpectations: { message: string }[];
  }) {
    let name = fullName;
    for (let i = 2; name in specs; i++) name = `${fullName} (${i})`;
    specs[name] = status === "failed" ? failedExpectations.map(({ message }) => message).join("\n") : status;
    Object.assign(globalThis, { done: ++done, last: name });
  },
  jasmineDone() {
    const compilations = backends.reduce((sum, backend) => sum + backend.compilations, 0);
    Object.assign(globalThis, { report: { specs, compilations } });
  },
});
env.execute();

/** Calls kernels on webgpu and on the backend cpu, and prints as JSON a line for each whose results differ. */
import { setDevice } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";
import { differences, kernelCalls } from "./kernel-calls.ts";

const results = () =>
  Object.entries(kernelCalls()).map(([name, run]) => [name, [...run().dataSync()]] as const);

await tf.setBackend("cpu");
const expected = results();
await tf.setBackend("onnx");
setDevice("webgpu");
const got = new Map(results());
console.log(JSON.stringify({ compared: expected.length, differences: differences(expected, got) }));
process.exit(0); // ONNX Runtime's device would keep the process alive

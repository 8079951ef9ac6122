/** Chooses among onnx's devices with and without asking for webgpu, and prints what came out as JSON. */
import { useEngine } from "@amface/engine";
import * as tf from "@tensorflow/tfjs";
import { refuseSoftware } from "../../src/load-onnx.ts";

const label = ({ name, device }: { name: string; device: string }) => `${name}:${device}`;
const asked = label(await useEngine("onnx:webgpu"));
const three = tf.tidy(() => tf.sum(tf.ones([3])).dataSync()[0]);
if (three !== 3) throw new Error(`expected 3, got ${three}`);
let refused = "";
try {
  refuseSoftware();
} catch (error) {
  refused = (error as Error).message;
}
const byDefault = label(await useEngine());
console.log(JSON.stringify({ asked, refused, byDefault }));
process.exit(0); // WebGPU's device would keep the process alive

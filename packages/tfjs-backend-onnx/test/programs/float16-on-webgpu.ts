/** Tries float16 on webgpu, and prints what it says; then goes on in float32. */
import { type OnnxBackend, setDevice } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

await tf.setBackend("onnx");
setDevice("webgpu");
const backend = tf.backend() as OnnxBackend;
const square = () => {
  const x = tf.fill([1, 1, 1, 1], 2) as tf.Tensor4D;
  return tf.conv2d(x, x, 1, "same").dataSync()[0];
};
try {
  console.log(`float16 works: ${backend.inFloat16(square)}`);
} catch (error) {
  console.log((error as Error).message);
}
console.log(`float32 works: ${square()}`);
process.exit(0);

import {
  type DataType,
  getKernelsForBackend,
  type KernelFunc,
  registerBackend,
  registerKernel,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { binaryKernels } from "../kernels/binary.ts";
import { convKernels } from "../kernels/conv.ts";
import { depthwiseKernels } from "../kernels/depthwise.ts";
import { gatherKernels } from "../kernels/gather.ts";
import { matMulKernels } from "../kernels/matmul.ts";
import { normKernels } from "../kernels/norm.ts";
import { poolingKernels } from "../kernels/pooling.ts";
import { reduceKernels } from "../kernels/reduce.ts";
import { resizeKernels } from "../kernels/resize.ts";
import { shapeKernels } from "../kernels/shape.ts";
import { sliceKernels } from "../kernels/slice.ts";
import { trainingKernels } from "../kernels/training.ts";
import { unaryKernels } from "../kernels/unary.ts";
import { isNumeric } from "../lazy/numbers.ts";
import { kernelConfig } from "./kernel-config.ts";
import type { RecordingBackend } from "./recording-backend.ts";

const KERNELS = [
  ...convKernels,
  ...binaryKernels,
  ...depthwiseKernels,
  ...gatherKernels,
  ...matMulKernels,
  ...normKernels,
  ...poolingKernels,
  ...reduceKernels,
  ...resizeKernels,
  ...shapeKernels,
  ...sliceKernels,
  ...trainingKernels,
  ...unaryKernels,
];

/**
 * Kernels of the backend cpu whose result shares its argument's contents, and that read none: as they are, they do for
 * tensors still to be computed.
 */
const SHARING: readonly string[] = ["Identity", "Reshape", "ExpandDims"];

/**
 * Registers the backend `onnx` and its kernels with TensorFlow.js; doing so again changes nothing.
 *
 * @param priority TensorFlow.js starts with the backend of the highest one.
 */
export function registerOnnxBackend(
  make: () => RecordingBackend | Promise<RecordingBackend>,
  priority: number,
): void {
  if (!registerBackend("onnx", make, priority)) return;
  const kernels = new Map<string, KernelFunc>(
    getKernelsForBackend("cpu").map(({ kernelName, kernelFunc }) => [
      kernelName,
      SHARING.includes(kernelName)
        ? kernelFunc
        : (args) => (args.backend as RecordingBackend).onCpu({ name: kernelName, run: kernelFunc, args }),
    ]),
  );
  for (const kernel of KERNELS)
    kernels.set(kernel.name, kernelConfig(kernel, kernels.get(kernel.name)).kernelFunc);
  kernels.set("ZerosLike", filledLike(0, kernels.get("ZerosLike")!));
  kernels.set("OnesLike", filledLike(1, kernels.get("OnesLike")!));
  const fillFallback = kernels.get("Fill")!;
  kernels.set("Fill", (args) => {
    const { shape, value, dtype } = args.attrs as { shape: number[]; value: number; dtype: DataType };
    return canFill(shape, dtype)
      ? (args.backend as RecordingBackend).filled(shape, value, dtype as "float32")
      : fillFallback(args);
  });
  for (const [kernelName, kernelFunc] of kernels)
    registerKernel({ kernelName, backendName: "onnx", kernelFunc });
}

function filledLike(value: number, fallback: KernelFunc): KernelFunc {
  return (args) => {
    const { shape, dtype } = args.inputs.x as TensorInfo;
    return canFill(shape, dtype)
      ? (args.backend as RecordingBackend).filled(shape, value, dtype as "float32")
      : fallback(args);
  };
}

const canFill = (shape: readonly number[], dtype: DataType) => isNumeric(dtype) && !shape.includes(0);

import { type KernelConfig, type KernelFunc, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Attrs, OnnxKernel } from "../lazy/kernel.ts";
import { isNumeric } from "../lazy/numbers.ts";
import type { RecordingBackend } from "./recording-backend.ts";

/** Makes a TensorFlow.js kernel of an ONNX one; calls without an ONNX form go to `fallback`. */
export function kernelConfig(kernel: OnnxKernel, fallback: KernelFunc | undefined): KernelConfig {
  const argumentsOf = argumentReader(kernel);
  const kernelFunc: KernelFunc = (args) => {
    const backend = args.backend as RecordingBackend;
    const attrs = (args.attrs ?? {}) as Attrs;
    const { given, infos } = argumentsOf(args.inputs as Record<string, TensorInfo | undefined>);
    const possible =
      !kernel.notOn?.includes(backend.device) &&
      infos.every(({ dtype, shape }: TensorInfo) => isNumeric(dtype) && util.sizeFromShape(shape) > 0);
    const result = possible ? inferred(kernel, infos, attrs) : undefined;
    const results = result && (Array.isArray(result) ? result : [result]);
    if (!results?.every(({ shape }) => util.sizeFromShape(shape) > 0)) {
      if (fallback) return fallback(args);
      throw new Error(`Cannot run ${kernel.name}: expected float32 tensors that are not empty`);
    }
    const inputs = infos.map((info) => backend.contents(info)!);
    kernel.check?.(inputs, attrs);
    const recorded = copied(attrs);
    if (given) recorded.given = given;
    // Other devices have their own convolutions, and few of ONNX Runtime's extensions.
    if (backend.device !== "cpu") recorded.portable = true;
    if (backend.isInFloat16 && kernel.hasFloat16) recorded.half = true;
    const tensors = backend.call(kernel, inputs, recorded, results);
    return Array.isArray(result) ? tensors : tensors[0];
  };
  return { kernelName: kernel.name, backendName: "onnx", kernelFunc };
}

/** What `kernel` infers; where TensorFlow.js's own checks of shapes name no operation, their errors are given one. */
function inferred(kernel: OnnxKernel, infos: readonly TensorInfo[], attrs: Attrs) {
  try {
    return kernel.infer({ inputs: infos as never, attrs });
  } catch (cause) {
    const { message } = cause as Error;
    if (message.startsWith("Error in ")) throw cause;
    const shapes = infos.map(({ shape }) => `[${shape}]`).join(" and ");
    throw new Error(`Error in ${kernel.name} of tensors with shapes ${shapes}: ${message}`, { cause });
  }
}

/** Attributes as they are now: a caller may change its arrays before the call is carried out. */
function copied(attrs: Attrs): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const name in attrs) {
    const value = attrs[name];
    copy[name] = Array.isArray(value) ? value.map((item) => (Array.isArray(item) ? [...item] : item)) : value;
  }
  return copy;
}

type Inputs = Readonly<Record<string, TensorInfo | undefined>>;

/** How a kernel's arguments are taken out of TensorFlow.js's record: in the kernel's own order. */
function argumentReader(kernel: OnnxKernel): (inputs: Inputs) => { infos: TensorInfo[]; given?: string[] } {
  if (kernel.inputs[0] === "...") return (inputs) => ({ infos: Object.values(inputs) as TensorInfo[] });
  const names = kernel.inputs.map((name) => name.replace("?", ""));
  if (kernel.inputs.every((name) => !name.endsWith("?")))
    return (inputs) => ({ infos: names.map((name) => inputs[name]!) });
  return (inputs) => {
    const given = names.filter((name) => inputs[name]);
    return { infos: given.map((name) => inputs[name]!), given };
  };
}

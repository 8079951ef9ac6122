import { type backend_util, type NamedTensorInfoMap, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { OnnxKernel } from "../lazy/kernel.ts";
import { arrayOf, isNumeric, type Numbers, type NumericType } from "../lazy/numbers.ts";
import type { TensorRecord } from "../lazy/tensor-record.ts";
import type { HostCall, RecordingBackend } from "./recording-backend.ts";

interface Result extends Pick<TensorInfo, "shape" | "dtype"> {
  /** Two for complex numbers, none for strings. */
  readonly parts: readonly Numbers[];
}

const isTensor = (input: unknown): input is TensorInfo =>
  (input as TensorInfo | undefined)?.dataId !== undefined;

/** A tensor, or the two behind one of complex numbers. */
function partsOf(backend: RecordingBackend, info: TensorInfo): readonly TensorInfo[] {
  if (info.dtype !== "complex64") return [info];
  const { real, imag } = (backend.data.get(info.dataId) as TensorRecord).complexTensorInfos!;
  return [real, imag];
}

const numericInputs = ({ inputs }: HostCall["args"]) =>
  Object.entries(inputs as NamedTensorInfoMap).filter(
    ([, info]) => isTensor(info) && info.dtype !== "string",
  );

/** Whether an argument is still to be computed, or lies on a device. */
export function mustWait(backend: RecordingBackend, args: HostCall["args"]): boolean {
  return numericInputs(args).some(([, info]) =>
    partsOf(backend, info!).some(({ dataId }) => {
      const { value } = backend.data.get(dataId) as TensorRecord;
      return value?.node !== undefined || value?.isOnDevice === true;
    }),
  );
}

/**
 * Records a call that is carried out in JavaScript when its arguments have been computed. The kernel tells the shapes
 * of its results only by running: it does so at once, on zeros.
 */
export function recordHostCall(backend: RecordingBackend, call: HostCall): TensorInfo | TensorInfo[] {
  const infos = numericInputs(call.args).flatMap(([, info]) => partsOf(backend, info!));
  const zeros = infos.map(({ shape, dtype }) => arrayOf(dtype as NumericType, util.sizeFromShape(shape)));
  const { results, isList } = runNow(backend, call, zeros);
  const parts = results.flatMap(({ shape, dtype, parts }) =>
    parts.map(() => ({ shape, dtype: isNumeric(dtype) ? dtype : ("float32" as const) })),
  );
  if (results.some(({ parts }) => parts.length === 0)) {
    throw new Error(
      `Cannot run TensorFlow.js's ${call.name} in a browser: expected arguments in the main memory, as it gives strings, got one ` +
        "that is still to be computed; call await tensor.data() on it before",
    );
  }
  const kernel: OnnxKernel = {
    ...{ name: call.name, inputs: ["..."], infer: () => undefined },
    lower() {
      throw new Error(`Cannot run ${call.name} as ONNX: expected it to run in JavaScript`);
    },
    onHost(values) {
      const got = runNow(backend, call, values).results;
      const differs = got.findIndex(({ shape }, i) => `${shape}` !== `${results[i].shape}`);
      if (differs < 0) return got.flatMap(({ parts }) => parts);
      throw new Error(
        `Cannot run TensorFlow.js's ${call.name} in a browser: expected a result of shape [${results[differs].shape}], which it has for ` +
          `zeros, got [${got[differs].shape}]; call await tensor.data() on its arguments before, as its shape depends on them`,
      );
    },
  };
  const tensors = backend.call(
    kernel,
    infos.map((info) => backend.contents(info)!),
    {},
    parts,
  );
  const outputs = results.map(({ shape, dtype, parts }) => {
    const [first, second] = tensors.splice(0, parts.length);
    return second ? backend.complex(shape, first, second) : { ...first, dtype };
  });
  return isList ? outputs : outputs[0];
}

/** Runs a kernel on these contents of its arguments. */
function runNow(backend: RecordingBackend, call: HostCall, values: readonly Numbers[]) {
  return backend.duringCpuKernel(call.name, () => runOn(backend, call, values));
}

function runOn(backend: RecordingBackend, { run, args }: HostCall, values: readonly Numbers[]) {
  const left = [...values];
  const tensor = (shape: number[], dtype: NumericType) =>
    backend.makeTensorInfo(shape, dtype, left.shift()! as backend_util.TypedArray);
  const made = numericInputs(args).map(([name, info]) => {
    const { shape, dtype } = info!;
    const whole =
      dtype === "complex64"
        ? backend.complex(shape, tensor(shape, "float32"), tensor(shape, "float32"))
        : tensor(shape, dtype as NumericType);
    return [name, whole] as const;
  });
  const copy = Array.isArray(args.inputs) ? [...args.inputs] : { ...args.inputs };
  const output = run({
    ...args,
    inputs: Object.assign(copy, Object.fromEntries(made)) as NamedTensorInfoMap,
  });
  const outputs = Array.isArray(output) ? output : [output];
  const results = outputs.map((info): Result => {
    const parts = info.dtype === "string" ? [] : partsOf(backend, info);
    return {
      shape: info.shape,
      dtype: info.dtype,
      parts: parts.map((part) => backend.contents(part)!.values),
    };
  });
  for (const { dataId } of [...outputs, ...made.map(([, info]) => info)]) backend.disposeData(dataId);
  return { results, isList: Array.isArray(output) };
}

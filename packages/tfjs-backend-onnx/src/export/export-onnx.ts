import { engine, findBackend, getBackend } from "@tensorflow/tfjs-core";
import type { OnnxBackend } from "../backend/backend.ts";
import type { LazyValue } from "../lazy/lazy-value.ts";
import { line } from "./line.ts";
import { mergeTraces } from "./merge-traces.ts";
import { type TensorSpec, type Tensors, type Trace, trace } from "./trace.ts";
import { TracesDifferError } from "./traces-differ-error.ts";

export interface ExportOptions {
  /** Names of the outputs, where `fn` returns a tensor or a list: `output`, or `output0`, `output1` … by default. */
  readonly outputNames?: readonly string[];
  /** Name of the free dimension; `batch` by default. */
  readonly batchDimension?: string;
  /** What the file says beside the model, ONNX's `metadata_props`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Batch sizes at which a function is traced: primes, which hardly any other size is or is made of, and below 32,
 * where `LayersModel.predict` begins to cut batches up. The first one twice, to find out what changes by itself.
 */
const BATCHES = [23, 23, 29, 31];

/**
 * Writes a function of tensors as an ONNX model (opset 17). Variables and tensors that it captures become the
 * model's weights.
 *
 * ```ts
 * const model = exportOnnx((images: tf.Tensor4D) => net.predict(images) as tf.Tensor, [
 *   { name: "images", shape: [null, 112, 96, 3] },
 * ]);
 * await writeFile("net.onnx", model);
 * ```
 *
 * The function is called a few times, with tensors without contents, whose free dimension has different sizes;
 * nothing is computed. What a program decides by the batch's size, beyond that, cannot be seen.
 *
 * @param fn Returns a tensor, a list or a record of tensors, whose keys name the outputs. It must read nothing that
 * depends on its inputs, assign no variable and draw no random numbers.
 * @param inputs One entry an argument, in their order. `null` in a shape is the free dimension, the same one in all.
 * @returns The bytes of an `.onnx` file.
 * @throws {TypeError} For an input without a valid name, shape or dtype.
 * @throws {Error} When the function cannot be exported; the message says why.
 */
export function exportOnnx(
  // biome-ignore lint/suspicious/noExplicitAny: functions of tensors of any rank
  fn: (...inputs: any[]) => Tensors,
  inputs: readonly TensorSpec[],
  { outputNames, batchDimension = "batch", metadata }: ExportOptions = {},
): Uint8Array {
  checkSpecs(inputs);
  return onBackend((backend) => {
    const at = (batch: number) => traceAt(backend, fn, inputs, batch, outputNames);
    const isFree = inputs.some(({ shape }) => shape.includes(null));
    const traces = isFree ? BATCHES.map(at) : [at(0), at(0)];
    checkNames(inputs, traces[0]);
    if (isFree) checkSingle(traces, at(1));
    try {
      const graph = mergeTraces(traces, inputs, { dimension: batchDimension, names: variableNames(backend) });
      return graph.encode(metadata);
    } catch (error) {
      if (!(error instanceof TracesDifferError)) throw error;
      const expected = isFree
        ? "expected a function that does the same at every batch size"
        : "expected a function that does the same every time";
      throw new Error(`Cannot export the function: ${expected}, got ${error.message}`, { cause: error });
    }
  });
}

function checkSpecs(inputs: readonly TensorSpec[]): void {
  for (const [i, { name, shape, dtype = "float32" }] of inputs.entries()) {
    if (typeof name !== "string" || name === "") {
      throw new TypeError(
        `Cannot export the function: expected a name for input ${i}, got ${JSON.stringify(name)}`,
      );
    }
    if (
      !Array.isArray(shape) ||
      !shape.every((size) => size === null || (Number.isInteger(size) && size > 0))
    ) {
      throw new TypeError(
        `Cannot export the function: expected the shape of input ${name} as a list of positive integers, null where ` +
          `it is free, got ${JSON.stringify(shape)}`,
      );
    }
    if (!["float32", "int32", "bool", "uint8"].includes(dtype)) {
      throw new TypeError(
        `Cannot export the function: expected input ${name} to be float32, int32, uint8 or bool, got ${dtype}`,
      );
    }
  }
}

function checkNames(inputs: readonly TensorSpec[], { outputs }: Trace): void {
  const names = [...inputs.map(({ name }) => name), ...outputs.keys()];
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new RangeError(
    `Cannot export the function: expected a name of its own for every input and output, got ${twice} twice`,
  );
}

function traceAt(
  backend: OnnxBackend,
  fn: (...inputs: never[]) => Tensors,
  inputs: readonly TensorSpec[],
  batch: number,
  names: readonly string[] | undefined,
): Trace {
  try {
    return trace(backend, fn, inputs, batch, names);
  } catch (cause) {
    const where = batch > 0 ? ` at batch size ${batch}` : "";
    throw new Error(`Cannot export the function${where}: ${(cause as Error).message}`, { cause });
  }
}

/** A single image is where functions change their ways, by squeeze() and broadcasting. */
function checkSingle(traces: readonly Trace[], single: Trace): void {
  for (const [name, { shape }] of single.outputs) {
    const shapes = traces.map(({ outputs }) => outputs.get(name)?.shape ?? []);
    const expected = shapes[0].map((_, axis) => {
      const found = line(
        traces.map(({ batch }) => batch),
        shapes.map((each) => each[axis]),
      );
      return found && found.slope + found.offset;
    });
    if (`${expected}` === `${shape}`) continue;
    throw new Error(
      `Cannot export the function: expected its output ${name} to have the shape [${expected}] at batch size 1, as at ` +
        `others, got [${shape}]; squeeze() wants the axes that it should remove`,
    );
  }
}

/** Variables' own names for their contents. */
function variableNames(backend: OnnxBackend): Map<LazyValue, string> {
  const names = new Map<LazyValue, string>();
  for (const variable of Object.values(engine().registeredVariables)) {
    const contents = backend.contents(variable);
    if (contents) names.set(contents, variable.name);
  }
  return names;
}

/** Calls `f` while `onnx` is TensorFlow.js's backend. */
function onBackend<T>(f: (backend: OnnxBackend) => T): T {
  const before = getBackend();
  const backend = findBackend("onnx") as OnnxBackend;
  // Both of these backends start at once, so nothing is left to wait for.
  if (before !== "onnx") void engine().setBackend("onnx");
  try {
    return f(backend);
  } finally {
    if (before && before !== "onnx") void engine().setBackend(before);
  }
}

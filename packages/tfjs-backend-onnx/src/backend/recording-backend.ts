import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import {
  type BackendTimingInfo,
  type backend_util,
  type DataType,
  engine,
  type KernelFunc,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { fill, reshape } from "../kernels/shape.ts";
import type { Attrs, OnnxKernel } from "../lazy/kernel.ts";
import { LazyValue } from "../lazy/lazy-value.ts";
import { isNumeric, type Numbers, type NumericType } from "../lazy/numbers.ts";
import { collect } from "../lazy/subgraph.ts";
import { TensorRecord } from "../lazy/tensor-record.ts";
import type { Device, Runtime, SessionOptions, Threading } from "../runtime/runtime.ts";
import type { Steps } from "../runtime/steps.ts";
import { type CompiledFunction, compiledFunction } from "./compiled-function.ts";
import { PendingCalls } from "./pending-calls.ts";
import { type Recorder, Recording } from "./recording.ts";

/** A call of one of TensorFlow.js's kernels for the backend cpu. */
export interface HostCall {
  readonly name: string;
  readonly run: KernelFunc;
  readonly args: Parameters<KernelFunc>[0];
}

type DataId = object;

/**
 * TensorFlow.js backend that records kernel calls and runs them, when a value is read, as one model of ONNX
 * Runtime. Kernels without an ONNX form run on TensorFlow.js's CPU kernels.
 */
export abstract class RecordingBackend extends MathBackendCPU implements Recorder {
  protected readonly calls = new PendingCalls(
    () => ({
      session: this.sessionOptions,
      runtime: this.runtime,
      threading: this.threading,
      recompute: this.recompute,
      patience: this.patience,
    }),
    () => this.#weights(),
  );
  readonly #read = (value: LazyValue) => {
    this.recording?.read(value, this.#cpuKernel);
    return this.readNow(value);
  };
  /** Options for models compiled from now on, over the defaults: profiling, execution providers. */
  sessionOptions: SessionOptions = {};
  /**
   * Whether gradients of convolutions transform images and filters once more instead of keeping what the forward pass
   * transformed: less memory, a few percent slower. `auto` does so for large batches. See bench/README.md.
   */
  recompute: boolean | "auto" = "auto";
  /**
   * Runs with unchanged weights after which these become constants of a model. With 0 they are so at once, and a net gives
   * the same bits in its first run as in any later one: for work that several programs share. With `Infinity` they never are:
   * between training steps it is not worth the compilation.
   */
  patience = 3;
  /**
   * Of how many calls of compiled functions that could be replayed one is recorded once more and compared: with 1 all are.
   * 0, the default: none.
   */
  checkReplays = 0;
  /** What models run on from now on. */
  protected runtime: Runtime;
  #tracing = false;
  /** What is noted of the function that is being recorded. */
  protected recording: Recording | undefined;
  #float16 = false;
  /** The kernel of the backend cpu that is at work. */
  #cpuKernel: string | undefined;

  constructor(runtime: Runtime) {
    super();
    this.runtime = runtime;
  }

  /** How models compute on the processor's cores from now on. */
  abstract get threading(): Threading;

  /** Computes the contents of every tensor that is alive. */
  abstract flush(): void | Promise<void>;

  /** Frees all compiled models with the memory that they keep for their next run; they are compiled again when needed. */
  abstract forgetModels(): void | Promise<void>;

  /** A value's contents for those who cannot wait: `dataSync()`, and kernels of the backend cpu. */
  protected abstract readNow(value: LazyValue): Numbers;

  override write(values: backend_util.BackendValues, shape: number[], dtype: DataType): DataId {
    // A kernel of the backend cpu reads at once what it writes.
    if (this.#cpuKernel === undefined && dtype === "float32" && areOnes(values))
      return this.filled(shape, 1, dtype).dataId;
    const dataId = {};
    const lazy = isNumeric(dtype) && values ? this.#copied(values as Numbers, shape, dtype) : values;
    if (lazy instanceof LazyValue) this.recording?.made(lazy);
    this.#store(dataId, new TensorRecord(this.#read, dtype, lazy));
    return dataId;
  }

  /** A copy: calls are carried out later, and the caller may have filled its array anew by then. */
  #copied(values: Numbers, shape: number[], dtype: NumericType): LazyValue {
    // What is recorded or traced outlives its tensors.
    if (this.#tracing || this.recording) return LazyValue.leaf(values.slice(), shape, dtype);
    return this.calls.copied(values, shape, dtype);
  }

  override move(
    dataId: DataId,
    values: backend_util.BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    const lazy = isNumeric(dtype) && values ? LazyValue.leaf(values, shape, dtype) : values;
    const record = new TensorRecord(this.#read, dtype, lazy);
    record.refCount = refCount;
    this.#store(dataId, record);
  }

  override disposeData(dataId: DataId, force = false): boolean {
    const record = this.record(dataId);
    const gone = super.disposeData(dataId, force);
    if (gone && record) this.calls.drop(record);
    return gone;
  }

  /** What `f` takes with all that it calls carried out, without compiling: that happens once for a structure. */
  override async time(f: () => void): Promise<BackendTimingInfo> {
    const before = this.beforeTiming();
    let compiled = this.calls.compileMs;
    let start = util.now();
    f(); // at once: TensorFlow.js counts what it makes
    if (before) {
      await before;
      [compiled, start] = [this.calls.compileMs, util.now()];
    }
    await this.flush();
    return { kernelMs: util.now() - start - (this.calls.compileMs - compiled) };
  }

  override memory(): { unreliable: boolean; reasons: string[] } {
    return {
      unreliable: true,
      reasons: [
        "Tensors count as soon as they are made, though their contents are computed when one is read; " +
          "what a call still to be computed needs of disposed tensors is kept and not counted.",
      ],
    };
  }

  /** How many models have been compiled since the backend was made. */
  get compilations(): number {
    return this.calls.compilations;
  }

  /** Where models run. */
  get device(): Device {
    return this.runtime.device;
  }

  /** Whether convolutions that are called now compute in float16. */
  get isInFloat16(): boolean {
    return this.#float16;
  }

  /**
   * Calls `f`, whose 2D convolutions, with biases fused to them, and their gradients by the input compute in float16:
   * images, filters and results are rounded to it, and may overflow beyond 65,504. Everything else stays float32: depthwise
   * convolutions, and gradients by the filter, which are sums over the whole batch. Gradients that are small want a loss
   * that was scaled up. What an `async` function calls after its first `await` is no longer in float16.
   *
   * @throws {Error} When the device cannot compute in float16.
   */
  inFloat16<T>(f: () => T): T {
    this.runtime.checkFloat16();
    const outer = this.#float16;
    this.#float16 = true;
    try {
      return f();
    } finally {
      this.#float16 = outer;
    }
  }

  /** Whether a tensor's contents lie on the device, and not in the main memory. */
  isOnDevice({ dataId }: TensorInfo): boolean {
    return this.record(dataId)?.value?.isOnDevice ?? false;
  }

  override dispose(): void {
    this.calls.forgetModels();
    this.calls.clear();
  }

  /** The contents behind a tensor under the tensor's own shape; `undefined` for strings and complex numbers. */
  contents({ dataId, shape }: TensorInfo): LazyValue | undefined {
    // `get` fetches what still lies in another backend.
    return (this.data.get(dataId) as TensorRecord).value?.as(shape, reshape);
  }

  /** Records a call of `kernel`; its results are computed when one of them is read. */
  call(
    kernel: OnnxKernel,
    inputs: readonly LazyValue[],
    attrs: Attrs,
    results: readonly { shape: readonly number[]; dtype: NumericType }[],
  ): TensorInfo[] {
    if (!this.#tracing && this.calls.areMany()) this.flushUnasked();
    const values = LazyValue.call(kernel, inputs, attrs, results);
    const records = values.map((value) => new TensorRecord(this.#read, value.dtype, value));
    this.calls.add(records);
    return values.map(({ shape, dtype }, i) => {
      const dataId = {};
      this.#store(dataId, records[i]);
      return { dataId, shape: [...shape], dtype };
    });
  }

  /** A tensor of `shape` that holds `value` everywhere. */
  filled(shape: readonly number[], value: number, dtype: NumericType): TensorInfo {
    const scalar = LazyValue.leaf([value], [], dtype);
    this.recording?.made(scalar);
    return this.call(fill, [scalar], { shape: [...shape] }, [{ shape, dtype }])[0];
  }

  /** Carries out what was called before the calls that are timed. */
  protected beforeTiming(): void | Promise<void> {
    return this.flush();
  }

  /** Called where so many calls wait that they should run. */
  protected flushUnasked(): void {
    this.flush();
  }

  protected flushing(): Steps<void> {
    return this.calls.flush();
  }

  protected *forgetting(): Steps<void> {
    yield* this.flushing();
    this.calls.forgetModels();
  }

  /**
   * Reads one value, and computes it first, and with it all others that are alive. Where one of those fails, so does
   * the read; afterwards each is computed by itself, so that those that are not to blame can still be had.
   */
  protected *reading(value: LazyValue): Steps<Numbers> {
    if (value.node || value.isUnknown) {
      if (this.#tracing) this.#checkReadable(value);
      else yield* this.flushing();
      if (value.node) yield* this.calls.run([value]);
    }
    return yield* value.read();
  }

  /**
   * Calls `f`, which gets tensors without contents from `unknown`, to see what it records. Nothing that depends
   * on them can be computed, neither then nor later.
   */
  trace<T>(f: () => T): T {
    this.flush();
    this.#tracing = true;
    try {
      return f();
    } finally {
      this.calls.clear();
      this.#tracing = false;
    }
  }

  /** A tensor without contents, for `trace`. */
  unknown(shape: readonly number[], dtype: NumericType): TensorInfo {
    const dataId = {};
    this.#store(dataId, new TensorRecord(this.#read, dtype, LazyValue.unknown(shape, dtype)));
    return { dataId, shape: [...shape], dtype };
  }

  /**
   * Makes a function of tensors faster whose operations depend on nothing but its arguments' shapes, types and plain values
   * (numbers, strings, booleans): the first calls are recorded, and when two have done the same, later ones run the model
   * that was compiled for them without the function's own code. Results are the same, bit for bit.
   *
   * What changes from call to call must be a tensor among the arguments, or a variable: other numbers, random ones too, are
   * kept. Where the two recordings have different ones, the function is recorded in every call; `checkReplays` looks for
   * those that change later. Tensors that it reads must be arguments or variables; it may assign variables, and must not read
   * contents (`dataSync`), make variables, or keep tensors that it does not return: such a function is called every time, and
   * `refusal` says why. Inside `tf.grads` and `tf.profile` it is just called.
   *
   * @param f Takes and returns tensors and plain values in arrays and plain objects; runs in `tf.tidy`, so that what it
   *   does not return is disposed.
   * @throws {TypeError} When it is called with, or returns, anything else.
   * @throws {Error} When a check finds that it does not do the same in every call.
   */
  compile<A extends readonly unknown[], R>(f: (...args: A) => R): CompiledFunction<A, R> {
    return compiledFunction(this, f);
  }

  get isRecording(): boolean {
    return this.recording !== undefined || this.#tracing;
  }

  recorded<T>(f: () => T): { readonly recording: Recording; readonly result: T } {
    const recording = new Recording();
    this.recording = recording;
    try {
      return { recording, result: f() };
    } finally {
      this.recording = undefined;
    }
  }

  valueBehind({ dataId }: TensorInfo): LazyValue | undefined {
    return this.record(dataId)?.value;
  }

  madeSince(order: number): TensorRecord[] {
    return this.calls.madeSince(order);
  }

  /** A tensor of complex numbers, which from then on owns its two parts. */
  complex(shape: readonly number[], real: TensorInfo, imag: TensorInfo): TensorInfo {
    const dataId = {};
    const record = new TensorRecord(this.#read, "complex64", undefined);
    record.complexTensorInfos = { real, imag };
    this.#store(dataId, record);
    return { dataId, shape: [...shape], dtype: "complex64" };
  }

  /** Runs a kernel of the backend cpu, which reads its inputs. */
  onCpu({ name, run, args }: HostCall): TensorInfo | TensorInfo[] {
    return this.duringCpuKernel(name, () => run(args));
  }

  /** Calls `f`, in which a kernel of the backend cpu is at work: what it writes it can read at once. */
  duringCpuKernel<T>(name: string, f: () => T): T {
    const outer = this.#cpuKernel;
    this.#cpuKernel = name;
    try {
      return f();
    } finally {
      this.#cpuKernel = outer;
    }
  }

  #checkReadable(value: LazyValue): void {
    const leaves = value.node ? collect([value]).leaves : [value];
    if (!leaves.some((leaf) => leaf.isUnknown)) return;
    throw new Error(
      this.#cpuKernel
        ? `expected kernels with an ONNX form, got ${this.#cpuKernel}, which in this form only runs on the backend cpu`
        : "expected a function that leaves its tensors unread, got one that reads contents that depend on its inputs",
    );
  }

  /** The values of all variables. */
  #weights(): Set<LazyValue> {
    const weights = new Set<LazyValue>();
    for (const { dataId } of Object.values(engine().registeredVariables)) {
      const value = this.record(dataId)?.value;
      if (value) weights.add(value);
    }
    return weights;
  }

  protected record(dataId: DataId): TensorRecord | undefined {
    return this.data.has(dataId) ? (this.data.get(dataId) as TensorRecord) : undefined;
  }

  #store(dataId: DataId, record: TensorRecord): void {
    this.data.set(dataId, record);
  }
}

/**
 * Whether these are many ones and nothing else: TensorFlow.js's gradients of sum and mean make such arrays as
 * large as the activations, only to multiply by them. As a scalar that is repeated they cost nothing.
 */
function areOnes(values: backend_util.BackendValues): boolean {
  if (!(values instanceof Float32Array) || values.length < 256) return false;
  let i = 0;
  while (values[i] === 1) i++;
  return i === values.length;
}

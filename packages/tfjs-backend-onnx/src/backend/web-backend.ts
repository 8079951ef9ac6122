import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core";
import type { LazyValue } from "../lazy/lazy-value.ts";
import type { Numbers } from "../lazy/numbers.ts";
import type { Threading } from "../runtime/runtime.ts";
import { inTurn, type Steps } from "../runtime/steps.ts";
import type { WebRuntime } from "../runtime/web/web-runtime.ts";
import { mustWait, recordHostCall } from "./host-call.ts";
import { type HostCall, RecordingBackend } from "./recording-backend.ts";

/** The backend `onnx` on onnxruntime-web, which computes while the program waits for `await tensor.data()`. */
export class OnnxBackend extends RecordingBackend {
  declare protected runtime: WebRuntime;
  /** The last of what is being carried out, one after the other; `undefined` where nothing is. */
  #last: Promise<void> | undefined;

  constructor(runtime: WebRuntime) {
    super(runtime);
  }

  override get threading(): Threading {
    return this.runtime.threading;
  }

  override flush(): Promise<void> {
    return this.#carryOut(() => this.flushing());
  }

  override forgetModels(): Promise<void> {
    return this.#carryOut(() => this.forgetting());
  }

  /** Runs on another device from now on; `setDevice` of this package makes it ready first. */
  use(runtime: WebRuntime): Promise<void> {
    return this.#carryOut(() => this.#changing(runtime));
  }

  override async read(dataId: object): Promise<backend_util.BackendValues> {
    const record = this.record(dataId);
    if (record?.complexTensorInfos) {
      const { real, imag } = record.complexTensorInfos;
      const parts = await Promise.all([real, imag].map((part) => this.read(part.dataId)));
      return backend_util.mergeRealAndImagArrays(parts[0] as Float32Array, parts[1] as Float32Array);
    }
    const value = record?.value;
    if (!value) return this.readSync(dataId);
    this.recording?.read(value);
    this.calls.readBegins(value);
    try {
      return await this.#carryOut(() => this.reading(value));
    } finally {
      this.calls.readEnds(value);
    }
  }

  override dispose(): void {
    const disposing = () => super.dispose();
    // biome-ignore lint/correctness/useYield: nothing waits here
    this.#carryOut(function* () {
      disposing();
    });
  }

  override onCpu(call: HostCall): TensorInfo | TensorInfo[] {
    return mustWait(this, call.args) ? recordHostCall(this, call) : super.onCpu(call);
  }

  /** Behind what is being carried out, a flush would take the timed calls along: they are timed from its end on. */
  protected override beforeTiming(): Promise<void> {
    return this.#last ?? this.flush();
  }

  protected override flushUnasked(): void {
    this.flush().catch(() => {}); // what is wrong shows again when it is read
  }

  protected override readNow(value: LazyValue): Numbers {
    if (!value.node && !value.isOnDevice) return value.values;
    throw new Error(
      "Cannot read a tensor at once in a browser: expected await tensor.data() or await tensor.array(), got dataSync() or " +
        "arraySync(), and models of onnxruntime-web run asynchronously; after an await data() of the same tensor on wasm it works",
    );
  }

  *#changing(runtime: WebRuntime): Steps<void> {
    if (runtime === this.runtime) return;
    yield* this.forgetting();
    this.runtime = runtime;
  }

  /** Carries out steps behind those that are being carried out, or begins at once. */
  #carryOut<T>(steps: () => Steps<T>): Promise<T> {
    const result = this.#last ? this.#last.then(() => inTurn(steps())) : inTurn(steps());
    const settled = result.then(
      () => {},
      () => {},
    );
    this.#last = settled;
    settled.then(() => {
      if (this.#last === settled) this.#last = undefined;
    });
    return result;
  }
}

import type { LazyValue } from "../lazy/lazy-value.ts";
import type { Numbers } from "../lazy/numbers.ts";
import type { NativeDevice } from "../runtime/native/device.ts";
import { NativeRuntime } from "../runtime/native/native-runtime.ts";
import { ThreadingPolicy } from "../runtime/native/threading.ts";
import type { Threading } from "../runtime/runtime.ts";
import { atOnce } from "../runtime/steps.ts";
import { RecordingBackend } from "./recording-backend.ts";

/** The backend `onnx` on onnxruntime-node, which computes at once, when a value is read. */
export class OnnxBackend extends RecordingBackend {
  declare protected runtime: NativeRuntime;
  readonly #threading = new ThreadingPolicy();
  /** Whether threads that wait for each other spin; `auto`: where no other process needs their cores. See `Threading`. */
  spinning: boolean | "auto" = "auto";

  constructor() {
    super(new NativeRuntime("cpu"));
  }

  override get device(): NativeDevice {
    return this.runtime.device;
  }

  override get threading(): Threading {
    const chosen = this.#threading.at();
    const { spinning } = this;
    return spinning === "auto" ? chosen : { ...chosen, spinning, reason: "as asked for" };
  }

  /**
   * Sets how many threads a model computes with; as many as there are cores to use, at first.
   *
   * @throws {RangeError} When it is no positive integer.
   */
  setThreads(threads: number): void {
    this.#threading.setThreads(threads);
  }

  /** Runs on `device` from now on; `setDevice` of this package looks first whether it can be used. */
  setDevice(device: NativeDevice): void {
    if (device === this.device) return;
    this.forgetModels();
    this.runtime = new NativeRuntime(device);
  }

  override flush(): void {
    atOnce(this.flushing());
  }

  override forgetModels(): void {
    atOnce(this.forgetting());
  }

  protected override readNow(value: LazyValue): Numbers {
    return atOnce(this.reading(value));
  }
}

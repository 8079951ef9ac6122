import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Attrs, Meta, OnnxKernel } from "../lazy/kernel.ts";
import { type LazyValue, nextOrder } from "../lazy/lazy-value.ts";
import type { TensorRecord } from "../lazy/tensor-record.ts";
import type { Device } from "../runtime/runtime.ts";

/** What a function does while it is recorded, besides calling kernels. */
export class Recording {
  /** Its calls are those from this `order` on. */
  readonly start = nextOrder();
  readonly #made = new Set<LazyValue>();
  /** Why other calls of the function may not do the same, if that was seen. */
  refusal: string | undefined;

  /** Notes contents that JavaScript gives. */
  made(value: LazyValue): void {
    this.#made.add(value);
  }

  /** Whether these are contents that JavaScript gave, maybe under another shape. */
  hasMade(value: LazyValue): boolean {
    return this.#made.has(value) || (value.base !== undefined && this.#made.has(value.base));
  }

  /**
   * Notes that contents are read: what the function does next may depend on them.
   *
   * @param kernel Which of TensorFlow.js's own kernels reads them, if one does.
   */
  read(value: LazyValue, kernel?: string): void {
    if (!value.node && this.hasMade(value)) return;
    this.refusal ??= kernel ? `it calls ${kernel}, which runs in JavaScript` : "it reads a tensor's contents";
  }
}

/** What functions are recorded with: a backend. */
export interface Recorder {
  readonly device: Device;
  readonly isInFloat16: boolean;
  /** Whether a function is being recorded, or only looked at. */
  readonly isRecording: boolean;
  /** Of how many replays one is a check; 0: none. */
  readonly checkReplays: number;
  recorded<T>(f: () => T): { readonly recording: Recording; readonly result: T };
  /** The contents behind a tensor, maybe under another shape; `undefined` for strings and complex numbers. */
  valueBehind(tensor: TensorInfo): LazyValue | undefined;
  /** Tensors still to be computed that calls since that `order` made. */
  madeSince(order: number): TensorRecord[];
  call(
    kernel: OnnxKernel,
    inputs: readonly LazyValue[],
    attrs: Attrs,
    results: readonly Meta[],
  ): TensorInfo[];
  incRef(dataId: object): void;
}

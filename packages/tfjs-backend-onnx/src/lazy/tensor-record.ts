import type { backend_util, DataType, TensorInfo } from "@tensorflow/tfjs-core";
import { LazyValue } from "./lazy-value.ts";
import type { Numbers } from "./numbers.ts";

/** A tensor's record in TensorFlow.js's storage. CPU kernels read its `values`. */
export class TensorRecord {
  readonly dtype: DataType;
  refCount = 1;
  complexTensorInfos?: { real: TensorInfo; imag: TensorInfo };
  value: LazyValue | undefined;
  readonly #read: (value: LazyValue) => Numbers;
  #plain: backend_util.BackendValues | undefined;

  /** @param read Computes a value that is still to be computed. */
  constructor(
    read: (value: LazyValue) => Numbers,
    dtype: DataType,
    contents: LazyValue | backend_util.BackendValues | undefined,
  ) {
    this.#read = read;
    this.dtype = dtype;
    if (contents instanceof LazyValue) this.value = contents;
    else this.#plain = contents;
  }

  get values(): backend_util.BackendValues | undefined {
    return this.value ? this.#read(this.value) : this.#plain;
  }
}

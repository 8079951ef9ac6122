import type { backend_util, DataType, TensorInfo } from "@tensorflow/tfjs-core";
import { LazyValue } from "./lazy-value.ts";

/** A tensor's record in TensorFlow.js's storage. `values` computes what is missing, so CPU kernels can read it. */
export class TensorRecord {
  readonly dtype: DataType;
  refCount = 1;
  complexTensorInfos?: { real: TensorInfo; imag: TensorInfo };
  value: LazyValue | undefined;
  readonly #compute: (value: LazyValue) => void;
  #plain: backend_util.BackendValues | undefined;

  /** @param compute Called when a value is read that is still to be computed. */
  constructor(
    compute: (value: LazyValue) => void,
    dtype: DataType,
    contents: LazyValue | backend_util.BackendValues | undefined,
  ) {
    this.#compute = compute;
    this.dtype = dtype;
    if (contents instanceof LazyValue) this.value = contents;
    else this.#plain = contents;
  }

  get values(): backend_util.BackendValues | undefined {
    if (!this.value) return this.#plain;
    if (this.value.node || this.value.isUnknown) this.#compute(this.value);
    return this.value.values;
  }
}

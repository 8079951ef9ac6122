export type { NdArray, NdData } from "./nd-array.ts";
export { NUMPY_GLOBALS } from "./numpy-globals.ts";
export { NpyError, readNpy } from "./read-npy.ts";
export { PickleError, type PickleGlobals, readPickle } from "./read-pickle.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  type NamedTensor,
  type Safetensors,
  SafetensorsError,
  type SafetensorsOptions,
} from "./safetensors.ts";

export { type ByteSource, memorySource } from "./byte-source.ts";
export { encodeZip } from "./encode-zip.ts";
export type { NdArray, NdData } from "./nd-array.ts";
export { elementsOf, NUMPY_GLOBALS, PickledArray } from "./numpy-globals.ts";
export { PickleError, type PickleGlobals } from "./pickle-globals.ts";
export { NpyError, readNpy, readNpyHeader } from "./read-npy.ts";
export { readNpz } from "./read-npz.ts";
export { readPickle } from "./read-pickle.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  listSafetensors,
  type NamedTensor,
  type Safetensors,
  SafetensorsError,
  type SafetensorsOptions,
} from "./safetensors.ts";
export { listStateDict, readStateDict, type TensorHeader } from "./state-dict.ts";
export { isTorchFile } from "./torch-file.ts";
export { TorchFileError } from "./torch-storage.ts";
export { readZipDirectory, readZipEntry, type ZipEntry, ZipError } from "./zip.ts";

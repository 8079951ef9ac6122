import { decodeSafetensors, type NamedTensor } from "@amface/numpy";
import { WeightsError } from "@amface/weights";
import { DETECTOR_NET_NAMES, detectorWeights, type GetWeight } from "./detector-nets.ts";
import { expectFinite } from "./expect-finite.ts";

/**
 * The weights of amface's own detector in the bytes of a safetensors file.
 *
 * @param path What it is called in errors.
 * @throws {WeightsError} When it is damaged or holds other tensors too; what it returns throws it for a tensor that is
 *   missing, of another shape or not finite.
 */
export function amfaceWeights(bytes: Uint8Array, path: string): GetWeight {
  const tensors = tensorsOf(bytes, path);
  const known = new Set(DETECTOR_NET_NAMES.flatMap((net) => detectorWeights(net).map(({ name }) => name)));
  const strange = [...tensors.keys()].find((name) => !known.has(name));
  if (strange !== undefined) {
    throw new WeightsError(`Cannot use the weights ${path}: expected only the nets' tensors, got ${strange}`);
  }
  return (name, shape) => {
    const found = tensors.get(name);
    if (String(found?.shape) !== String(shape)) {
      const got = found ? `[${found.shape}]` : "none";
      throw new WeightsError(
        `Cannot use the weights ${path}: expected a tensor ${name} of shape [${shape}], got ${got}`,
      );
    }
    return expectFinite((found as NamedTensor).data, name, path);
  };
}

function tensorsOf(bytes: Uint8Array, path: string): ReadonlyMap<string, NamedTensor> {
  try {
    return decodeSafetensors(bytes, path).tensors;
  } catch (cause) {
    throw new WeightsError(`Cannot use the detector's weights: ${(cause as Error).message}`, { cause });
  }
}

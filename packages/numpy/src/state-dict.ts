import type { ByteSource } from "./byte-source.ts";
import { ELEMENT_TYPES, toFloat32 } from "./element-types.ts";
import type { NamedTensor } from "./safetensors.ts";
import { explain, openTorchFile } from "./torch-file.ts";
import { type TorchStorage, TorchTensor } from "./torch-globals.ts";
import { type TorchFile, TorchFileError } from "./torch-storage.ts";

/** Where checkpoints keep the state dict of their net, in the order of preference. */
const KEYS = [
  "state_dict",
  "state_dict_backbone",
  "model_state_dict",
  "net_state_dict",
  "model",
  "net",
  "backbone",
];

/** Values beyond the bytes of the file that views of shared storages may have together. */
const SLACK = 2 ** 24;

/**
 * Reads the state dict of a file of `torch.save`: the dictionary of tensors that it holds, or one in a checkpoint under
 * `state_dict` or a similar key. Tensors of any type become float32, views of shared storages and of any strides
 * tensors of their own; what else is beside them is passed over.
 *
 * @param name What the source is, for error messages.
 * @throws {TorchFileError} As `openTorchFile`, and where there is no such dictionary or a tensor exceeds its storage.
 */
export function readStateDict(source: ByteSource, name: string): Map<string, NamedTensor> {
  const file = openTorchFile(source, name);
  return explain(name, () => {
    const views = stateDictOf(file.value);
    requireSizes(views, source.size);
    return readViews(file, views);
  });
}

/** A tensor of a file, of which no value has been read. */
export interface TensorHeader {
  /** By its name in safetensors, `F16`. */
  readonly dtype: string;
  readonly shape: readonly number[];
}

/**
 * What the state dict of a file of `torch.save` has, without reading its values.
 *
 * @throws {TorchFileError} As `readStateDict`.
 */
export function listStateDict(
  source: ByteSource,
  name: string,
): { readonly form: "zip" | "legacy"; readonly tensors: Map<string, TensorHeader> } {
  const { form, value } = openTorchFile(source, name);
  const views = explain(name, () => stateDictOf(value));
  const header = ({ storage, shape }: TorchTensor) => ({ dtype: storage.dtype, shape });
  return { form, tensors: new Map([...views].map(([key, view]) => [key, header(view)])) };
}

/** The tensors of a state dict by name. */
export function stateDictOf(value: unknown): Map<string, TorchTensor> {
  const found = value instanceof Map ? (tensorsOf(value) ?? tensorsIn(value)) : undefined;
  if (found) return found;
  const got =
    value instanceof Map ? `keys ${[...value.keys()].slice(0, 8).join(", ") || "none"}` : "something else";
  throw new TorchFileError(`expected a dictionary of tensors, or one under ${KEYS.join(", ")}, got ${got}`);
}

function tensorsIn(checkpoint: ReadonlyMap<unknown, unknown>): Map<string, TorchTensor> | undefined {
  for (const key of KEYS) {
    const inner = checkpoint.get(key);
    const tensors = inner instanceof Map ? tensorsOf(inner) : undefined;
    if (tensors) return tensors;
  }
  return undefined;
}

function tensorsOf(dict: ReadonlyMap<unknown, unknown>): Map<string, TorchTensor> | undefined {
  const tensors = [...dict].filter(
    (item): item is [string, TorchTensor] => typeof item[0] === "string" && item[1] instanceof TorchTensor,
  );
  return tensors.length > 0 ? new Map(tensors) : undefined;
}

/** Of elements. */
const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** From the first element of a view to its last. */
const spanOf = ({ shape, strides }: TorchTensor) =>
  shape.reduce((span, size, axis) => span + (size - 1) * strides[axis], 1);

/** Refuses views beyond their storage, and small files that would fill the memory with the same values again and again. */
function requireSizes(views: ReadonlyMap<string, TorchTensor>, fileSize: number): void {
  let total = 0;
  for (const [name, view] of views) {
    const size = sizeOf(view.shape);
    total += size === 0 ? 0 : Math.max(size, spanOf(view));
    if (size > 0 && view.offset + spanOf(view) > view.storage.count) {
      throw new TorchFileError(
        `expected ${name} of shape [${view.shape}] within the ${view.storage.count} values of its storage, ` +
          `got up to ${view.offset + spanOf(view)}`,
      );
    }
    if (!(total <= fileSize + SLACK)) {
      throw new TorchFileError(
        `expected about as many values as the file has bytes, got ${total} up to ${name}`,
      );
    }
  }
}

/** A storage at a time, which is read once for all its views. */
function readViews(file: TorchFile, views: ReadonlyMap<string, TorchTensor>): Map<string, NamedTensor> {
  const byStorage = new Map<string, [string, TorchTensor][]>();
  for (const [name, view] of views) {
    const key = `${view.storage.key} ${view.storage.dtype} ${view.storage.count}`;
    const group = byStorage.get(key) ?? [];
    byStorage.set(key, group);
    group.push([name, view]);
  }
  // In the order of the dictionary, whatever that of the storages is.
  const tensors = new Map<string, NamedTensor>([...views.keys()].map((name) => [name, undefined as never]));
  for (const group of byStorage.values()) {
    const { storage } = group[0][1];
    const bytes = file.readStorage(storage);
    for (const [name, view] of group) {
      tensors.set(name, { name, shape: view.shape, data: valuesOf(view, storage, bytes) });
    }
  }
  return tensors;
}

/** The values of a view in row-major order. */
function valuesOf(view: TorchTensor, { dtype }: TorchStorage, bytes: Uint8Array): Float32Array {
  const { shape, strides, offset } = view;
  const count = sizeOf(shape);
  if (count === 0) return new Float32Array(0);
  const width = ELEMENT_TYPES[dtype].bytes;
  const block = toFloat32(dtype, bytes.subarray(offset * width, (offset + spanOf(view)) * width));
  const packed = shape.every((size, axis) => size === 1 || strides[axis] === sizeOf(shape.slice(axis + 1)));
  if (packed) return block;
  const values = new Float32Array(count);
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < count; to++) {
    values[to] = block[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= shape[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return values;
}

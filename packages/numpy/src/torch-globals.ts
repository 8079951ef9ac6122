import { NUMPY_GLOBALS } from "./numpy-globals.ts";
import { type Buildable, PickleGlobal, type PickleGlobals } from "./pickle-globals.ts";
import { dictKey, text } from "./python-values.ts";

/** A block of numbers that tensors are views of. */
export interface TorchStorage {
  readonly key: string;
  /** By its name in safetensors, `F16`. */
  readonly dtype: string;
  /** Of elements. */
  readonly count: number;
}

/** A tensor as a PyTorch file has it: a view of a storage, which others may share. */
export class TorchTensor implements Buildable {
  readonly storage: TorchStorage;
  /** Of the first element in the storage. */
  readonly offset: number;
  readonly shape: readonly number[];
  /** Elements from one index to the next, by axis. */
  readonly strides: readonly number[];

  constructor(storage: TorchStorage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }

  /** Attributes that a program gave it. */
  setState(): void {}
}

/** `collections.OrderedDict`, with the attributes that PyTorch gives it (`_metadata`), which say nothing of the values. */
class OrderedDict extends Map<unknown, unknown> implements Buildable {
  setState(): void {}
}

/** Python 2 has the items as argument, Python 3 sets them later. */
function orderedDict([items = []]: readonly unknown[]): OrderedDict {
  if (!Array.isArray(items) || !items.every((item) => Array.isArray(item) && item.length === 2)) {
    throw new TypeError("expected pairs of key and value, got something else");
  }
  return new OrderedDict(items.map(([key, value]) => [dictKey(key), value]));
}

/** What programs keep beside the weights, `argparse.Namespace`: its attributes are passed over. */
class Attributes implements Buildable {
  setState(): void {}
}

/** Also of `_rebuild_tensor_v2`, which adds what only training needs. */
function rebuildTensor([storage, offset, shape, strides]: readonly unknown[]): TorchTensor {
  const counts = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((item) => Number.isSafeInteger(item) && item >= 0);
  if (!isStorage(storage) || !counts([offset]) || !counts(shape) || !counts(strides)) {
    throw new TypeError("expected a storage, an offset, a shape and strides, got something else");
  }
  if (shape.length !== strides.length) {
    throw new RangeError(`expected a stride for each axis of [${shape}], got [${strides}]`);
  }
  return new TorchTensor(storage, offset as number, shape, strides);
}

function isStorage(value: unknown): value is TorchStorage {
  return typeof value === "object" && value !== null && "dtype" in value && "count" in value;
}

const TYPES = {
  FloatStorage: "F32",
  DoubleStorage: "F64",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
} as const;

/** A storage by its persistent id, `("storage", torch.FloatStorage, key, device, number of elements[, view])`. */
export function storageOf(id: unknown): TorchStorage {
  const [kind, type, key, , count, view = null] = Array.isArray(id) ? id : [];
  const name = type instanceof PickleGlobal ? type.name.replace(/^torch\./, "") : "";
  if (text(kind ?? "") !== "storage" || !Object.hasOwn(TYPES, name)) {
    throw new TypeError(
      `expected a storage (${Object.keys(TYPES).join(", ")}), got ${name || "something else"}`,
    );
  }
  if (!Number.isSafeInteger(count) || (count as number) < 0 || view !== null) {
    throw new TypeError("expected a whole storage and its number of elements, got something else");
  }
  return { key: text(key), dtype: TYPES[name as keyof typeof TYPES], count: count as number };
}

const nameOnly = (name: string) => (): never => {
  throw new TypeError(`expected ${name} as a name only, got a call of it`);
};

const DTYPES = [
  "float16",
  "float32",
  "float64",
  "bfloat16",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "bool",
];

/** What state dicts and the plain values beside them call; nothing else. */
export const TORCH_GLOBALS: PickleGlobals = new Map<string, (args: readonly unknown[]) => unknown>([
  ...NUMPY_GLOBALS,
  ...[...Object.keys(TYPES), ...DTYPES].map((name) => [`torch.${name}`, nameOnly(`torch.${name}`)] as const),
  ["collections.OrderedDict", orderedDict],
  ["torch._utils._rebuild_tensor", rebuildTensor],
  ["torch._utils._rebuild_tensor_v2", rebuildTensor],
  ["torch._utils._rebuild_parameter", ([data]) => data],
  ["torch._utils._rebuild_parameter_with_state", ([data]) => data],
  ["torch.Size", ([sizes]) => sizes],
  ["torch.device", (parts) => parts],
  ["argparse.Namespace", () => new Attributes()],
  ["pytorch_lightning.utilities.parsing.AttributeDict", () => new OrderedDict()],
  ["lightning_fabric.utilities.data.AttributeDict", () => new OrderedDict()],
  ["lightning.fabric.utilities.data.AttributeDict", () => new OrderedDict()],
]);

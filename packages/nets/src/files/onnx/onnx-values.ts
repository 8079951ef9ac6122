import type { MessageField, MessageFile } from "../protobuf/message-fields.ts";

/** An input or output of a model. */
export interface OnnxValue {
  readonly name: string;
  /** As safetensors calls types: `F32`, `I64`; `type 99` where it is unknown, and `""` for what is no tensor. */
  readonly dtype: string;
  /** Sizes; the name of a size that is free, `?` where it has none. */
  readonly shape: readonly (number | string)[];
}

/** A constant of a model. */
export interface OnnxInitializer {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Where its values stand in the model's file; of no length where they are in another. */
  readonly values: { readonly start: number; readonly end: number };
  /** The file beside the model that holds its values, and how far they reach there. */
  readonly external?: { readonly location: string; readonly end: number };
}

/** `TensorProto.DataType` of the ONNX specification, in safetensors' words; bytes an element, 0 where that depends. */
const DTYPES: Readonly<Record<number, readonly [name: string, bytes: number]>> = {
  1: ["F32", 4],
  2: ["U8", 1],
  3: ["I8", 1],
  4: ["U16", 2],
  5: ["I16", 2],
  6: ["I32", 4],
  7: ["I64", 8],
  8: ["text", 0],
  9: ["BOOL", 1],
  10: ["F16", 2],
  11: ["F64", 8],
  12: ["U32", 4],
  13: ["U64", 8],
  16: ["BF16", 2],
};

const dtypeOf = (code: number) => DTYPES[code]?.[0] ?? `type ${code}`;

/** Fields of `TensorProto` that hold values: of floats, integers, texts, raw bytes, doubles and unsigned integers. */
const VALUES: ReadonlySet<number> = new Set([4, 5, 6, 7, 9, 10, 11]);

/** What is wanted of a constant's place in another file. */
const EXTERNAL: ReadonlySet<string> = new Set(["location", "offset", "length"]);

/** Most axes of a tensor that are read. */
const MOST_AXES = 64;

/** An input's or output's name, type and shape. */
export function readValue(file: MessageFile, value: MessageField): OnnxValue {
  let name = "";
  let [dtype, shape]: [string, (number | string)[]] = ["", []];
  for (const part of file.within(value)) {
    if (part.field === 1) name = file.text(part);
    if (part.field !== 2) continue;
    for (const type of file.within(part)) if (type.field === 1) [dtype, shape] = readType(file, type);
  }
  return { name, dtype, shape };
}

function readType(file: MessageFile, type: MessageField): [string, (number | string)[]] {
  let dtype = "";
  const shape: (number | string)[] = [];
  for (const part of file.within(type)) {
    if (part.field === 1) dtype = dtypeOf(part.value);
    if (part.field !== 2) continue;
    for (const dimension of file.within(part)) {
      if (dimension.field !== 1) continue;
      let size: number | string = "?";
      for (const { field, ...rest } of file.within(dimension)) {
        // Some write −1, which is read as a number without sign, where a size is free.
        if (field === 1) size = rest.value > Number.MAX_SAFE_INTEGER ? "?" : rest.value;
        else if (field === 2) size = file.text({ field, ...rest }) || "?";
      }
      shape.push(size);
      if (shape.length > MOST_AXES) throw new RangeError(`a value has more than ${MOST_AXES} axes`);
    }
  }
  return [dtype, shape];
}

/** A constant's name, type and shape, and where its values are if not here; values in the file are passed over. */
export function readInitializer(file: MessageFile, tensor: MessageField): OnnxInitializer {
  const shape: number[] = [];
  const external = new Map<string, string>();
  const values = { start: 0, end: 0 };
  let [name, type, isExternal] = ["", 0, false];
  for (const part of file.within(tensor)) {
    const { field } = part;
    if (field === 1) {
      for (const size of file.numbers(part)) {
        shape.push(size);
        if (shape.length > MOST_AXES) throw new RangeError(`a constant has more than ${MOST_AXES} axes`);
      }
    } else if (field === 2) type = part.value;
    else if (field === 8) name = file.text(part);
    else if (field === 13) {
      let key = "";
      for (const each of file.within(part)) {
        if (each.field === 1) key = file.text(each);
        else if (each.field === 2 && EXTERNAL.has(key)) external.set(key, file.text(each));
      }
    } else if (VALUES.has(field)) {
      values.start ||= part.start;
      values.end = part.end;
    } else if (field === 14) isExternal = part.value === 1;
  }
  const dtype = dtypeOf(type);
  if (!isExternal) return { name, dtype, shape, values };
  const size = shape.reduce((product, each) => product * each, DTYPES[type]?.[1] ?? 0);
  const end = Number(external.get("offset") ?? 0) + Number(external.get("length") ?? size);
  return { name, dtype, shape, values, external: { location: external.get("location") ?? "", end } };
}

import type { NamedTensor } from "@amface/numpy";
import { messageFields } from "./byte-reader.ts";
import { readTable } from "./leveldb-table.ts";
import { CheckpointFormatError } from "./tensorflow-bundle.ts";

const FLOAT32 = 1;

/**
 * The float32 tensors of a checkpoint as TensorFlow wrote them before 0.12 (`write_version=SaverDef.V1`): one LevelDB
 * table of `SavedTensorSlices { SavedTensorSliceMeta meta = 1; SavedSlice data = 2 }`, the first of which names every
 * tensor and its shape. Variables of other types, such as the step, are left out.
 *
 * @param source What the bytes are, for error messages.
 * @throws {CheckpointFormatError}
 */
export function readSlicedTensors(bytes: Uint8Array, source: string): Map<string, NamedTensor> {
  try {
    const [[, header], ...rest] = readTable(bytes);
    const shapes = readShapes(header);
    const tensors = new Map<string, NamedTensor>();
    for (const [, value] of rest) {
      // SavedSlice { string name = 1; TensorProto data = 3 }, TensorProto { repeated float float_val = 5 [packed] }
      const slice = messageFields(message(messageFields(value), 2));
      const name = text(slice, 1);
      const shape = shapes.get(name);
      if (shape === undefined) continue;
      const data = message(messageFields(message(slice, 3)), 5);
      const count = shape.reduce((product, length) => product * length, 1);
      if (data.length !== 4 * count) throw new RangeError(`${name} has ${data.length} bytes for [${shape}]`);
      tensors.set(name, { name, shape, data: new Float32Array(new Uint8Array(data).buffer) });
    }
    const missing = [...shapes.keys()].find((name) => !tensors.has(name));
    if (missing !== undefined) throw new RangeError(`${missing} has no values`);
    return tensors;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CheckpointFormatError(
      `Cannot read ${source} as a TensorFlow checkpoint: expected a table of variables, but ${cause.message}`,
      { cause },
    );
  }
}

type Fields = ReturnType<typeof messageFields>;
const messages = (fields: Fields, field: number) => (fields.get(field) ?? []) as Uint8Array[];
const message = (fields: Fields, field: number) => messages(fields, field).at(-1) ?? new Uint8Array(0);
const text = (fields: Fields, field: number) => new TextDecoder().decode(message(fields, field));

/**
 * `SavedTensorSliceMeta { repeated SavedSliceMeta tensor = 1 }`,
 * `SavedSliceMeta { string name = 1; TensorShapeProto shape = 2; DataType type = 3; repeated TensorSliceProto slice = 4 }`
 */
function readShapes(header: Uint8Array): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  for (const tensor of messages(messageFields(message(messageFields(header), 1)), 1).map(messageFields)) {
    if (tensor.get(3)?.[0] !== FLOAT32) continue;
    if (messages(tensor, 4).length > 1) {
      throw new RangeError(`${text(tensor, 1)} is cut into slices, which is not supported`);
    }
    const dimensions = messages(messageFields(message(tensor, 2)), 2);
    shapes.set(
      text(tensor, 1),
      dimensions.map((dimension) => (messageFields(dimension).get(1)?.[0] ?? 0) as number),
    );
  }
  return shapes;
}

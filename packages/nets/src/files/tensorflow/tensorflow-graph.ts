import type { OpenBytes } from "@amface/files";
import { type MessageField, MessageFile } from "../protobuf/message-fields.ts";
import { CheckpointFormatError } from "./tensorflow-bundle.ts";

/** A constant, input or output of a TensorFlow graph. */
export interface GraphTensor {
  readonly name: string;
  /** TensorFlow's number of the type; 1 is float32. */
  readonly dtype: number;
  /** -1 where a size is free. */
  readonly shape: readonly number[];
}

/** A frozen graph, without values. */
export interface GraphHeader {
  readonly operators: ReadonlyMap<string, number>;
  readonly constants: readonly GraphTensor[];
  /** Placeholders. */
  readonly inputs: readonly GraphTensor[];
}

/** What can be called in a SavedModel. */
export interface Signature {
  readonly name: string;
  readonly inputs: readonly GraphTensor[];
  readonly outputs: readonly GraphTensor[];
}

export interface SavedModelHeader {
  readonly tags: readonly string[];
  /** Of TensorFlow. */
  readonly version: string;
  readonly signatures: readonly Signature[];
}

/** Most constants, inputs, signatures and axes that are listed; a file of more is damaged or made to fill the memory. */
const [MOST, MOST_AXES] = [200_000, 64];

/**
 * Reads a frozen graph (`GraphDef`), its constants' values passed over.
 *
 * @throws {CheckpointFormatError} Where it is none, or damaged.
 */
export function readGraph(bytes: OpenBytes, source: string): GraphHeader {
  return explain(source, "graph", () => {
    const file = new MessageFile(bytes);
    const operators = new Map<string, number>();
    const constants: GraphTensor[] = [];
    const inputs: GraphTensor[] = [];
    for (const node of file.fields()) {
      if (node.field !== 1) continue;
      const { operator, tensor } = readNode(file, node);
      operators.set(operator, (operators.get(operator) ?? 0) + 1);
      if (operator === "Const") constants.push(tensor);
      if (operator === "Placeholder") inputs.push(tensor);
      if (Math.max(constants.length, inputs.length, operators.size) > MOST)
        throw new RangeError(`it lists more than ${MOST} nodes`);
    }
    if (operators.size === 0 || operators.has(""))
      throw new RangeError("it has no nodes, or one without an operator");
    return { operators, constants, inputs };
  });
}

/**
 * Reads what a SavedModel (`saved_model.pb`) says of itself.
 *
 * @throws {CheckpointFormatError} Where it is none, or damaged.
 */
export function readSavedModel(bytes: OpenBytes, source: string): SavedModelHeader {
  return explain(source, "SavedModel", () => {
    const file = new MessageFile(bytes);
    const tags: string[] = [];
    const signatures: Signature[] = [];
    let version = "";
    for (const model of file.fields()) {
      if (model.field !== 2) continue;
      for (const part of file.within(model)) {
        if (part.field === 1) {
          for (const info of file.within(part)) {
            if (info.field === 4 && tags.length < MOST_AXES) tags.push(file.text(info));
            if (info.field === 5) version = file.text(info);
          }
        } else if (part.field === 5 && signatures.length < MOST) signatures.push(readSignature(file, part));
      }
    }
    if (version === "") throw new RangeError("it names no version of TensorFlow");
    return { tags, version, signatures };
  });
}

function explain<T>(source: string, what: string, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CheckpointFormatError(
      `Cannot read ${source} as a TensorFlow ${what}: expected a protobuf message, but ${cause.message}`,
      { cause },
    );
  }
}

/** Key and value of an entry of a map. */
function entry(file: MessageFile, message: MessageField): { key: string; value: MessageField | undefined } {
  let key = "";
  let value: MessageField | undefined;
  for (const part of file.within(message)) {
    if (part.field === 1) key = file.text(part);
    if (part.field === 2) value = part;
  }
  return { key, value };
}

function readNode(file: MessageFile, node: MessageField): { operator: string; tensor: GraphTensor } {
  let [name, operator, dtype] = ["", "", 0];
  let shape: number[] = [];
  for (const part of file.within(node)) {
    if (part.field === 1) name = file.text(part);
    if (part.field === 2) operator = file.text(part);
    if (part.field !== 5) continue;
    const { key, value } = entry(file, part);
    if (value === undefined || !["dtype", "shape", "value"].includes(key)) continue;
    for (const attribute of file.within(value)) {
      if (attribute.field === 6) dtype = attribute.value;
      if (attribute.field === 7) shape = readShape(file, attribute);
      if (attribute.field !== 8) continue;
      for (const each of file.within(attribute)) if (each.field === 2) shape = readShape(file, each);
    }
  }
  return { operator, tensor: { name, dtype, shape } };
}

function readShape(file: MessageFile, message: MessageField): number[] {
  const shape: number[] = [];
  for (const dimension of file.within(message)) {
    if (dimension.field !== 2) continue;
    let size = 0;
    for (const part of file.within(dimension)) if (part.field === 1) size = part.value;
    // -1 in two's complement of 64 bits.
    shape.push(size > Number.MAX_SAFE_INTEGER ? -1 : size);
    if (shape.length > MOST_AXES) throw new RangeError(`a tensor has more than ${MOST_AXES} axes`);
  }
  return shape;
}

function readSignature(file: MessageFile, message: MessageField): Signature {
  const { key: name, value } = entry(file, message);
  const inputs: GraphTensor[] = [];
  const outputs: GraphTensor[] = [];
  if (value === undefined) return { name, inputs, outputs };
  for (const part of file.within(value)) {
    if (part.field !== 1 && part.field !== 2) continue;
    const list = part.field === 1 ? inputs : outputs;
    const { key, value: info } = entry(file, part);
    let dtype = 0;
    let shape: number[] = [];
    for (const each of info ? file.within(info) : []) {
      if (each.field === 2) dtype = each.value;
      if (each.field === 3) shape = readShape(file, each);
    }
    if (list.push({ name: key, dtype, shape }) > MOST)
      throw new RangeError(`it lists more than ${MOST} tensors`);
  }
  return { name, inputs, outputs };
}

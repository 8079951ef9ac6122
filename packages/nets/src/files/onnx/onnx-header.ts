import type { OpenBytes } from "@amface/files";
import { type MessageField, MessageFile } from "../protobuf/message-fields.ts";
import { type OnnxInitializer, type OnnxValue, readInitializer, readValue } from "./onnx-values.ts";

/** An ONNX file that is damaged or none. */
export class OnnxFileError extends Error {
  override readonly name = "OnnxFileError";
}

/** What an ONNX file says of its model, without any values. */
export interface OnnxHeader {
  readonly irVersion: number;
  /** Version of each set of operators; ONNX's own is `ai.onnx`. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly producer: string;
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** What it must be given: initializers, which older files list here too, are left out. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: readonly OnnxInitializer[];
  /** How many nodes of each operator the graph has; those of other domains than ONNX's as `domain.Operator`. */
  readonly operators: ReadonlyMap<string, number>;
  /** Operators that the file defines itself. */
  readonly functions: ReadonlySet<string>;
}

/** More constants than any net has; a file of more is damaged or made to fill the memory. */
const MOST = 200_000;

/**
 * Reads what an ONNX file says of itself; its values are passed over, so that the memory it takes does not grow with them.
 *
 * @param source What the bytes are, for error messages.
 * @throws {OnnxFileError} Where it is no ONNX file, or damaged.
 */
export function readOnnxHeader(bytes: Omit<OpenBytes, "close">, source: string): OnnxHeader {
  try {
    return readModel(new MessageFile(bytes));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new OnnxFileError(
      `Cannot read ${source} as ONNX: expected a protobuf message of a model, but ${cause.message}`,
      { cause },
    );
  }
}

function readModel(file: MessageFile): OnnxHeader {
  const opsets = new Map<string, number>();
  const metadata: Record<string, string> = Object.create(null);
  const functions = new Set<string>();
  const texts = new Map<number, string>();
  let irVersion = 0;
  let graph: ReturnType<typeof readGraph> | undefined;
  for (const part of file.fields()) {
    const { field } = part;
    if (field === 1) irVersion = part.value;
    else if (field === 2 || field === 3 || field === 6) texts.set(field, file.text(part));
    else if (field === 7) graph = readGraph(file, part);
    else if (field === 8) {
      const { 1: domain = "", 2: version = 1 } = pick(file, part, 1, 2);
      opsets.set(domainName(String(domain)), Number(version));
    } else if (field === 14) {
      const { 1: key = "", 2: value = "" } = pick(file, part, 1, 2);
      if (Object.keys(metadata).length < MOST) metadata[String(key)] = String(value);
    } else if (field === 25) {
      const { 1: name = "", 10: domain = "" } = pick(file, part, 1, 10);
      functions.add(operatorName(String(domain), String(name)));
    }
  }
  if (graph === undefined) throw new RangeError("it has no graph");
  const [producer, description] = [
    [2, 3].map((field) => texts.get(field) ?? "").join(" "),
    texts.get(6) ?? "",
  ];
  return { irVersion, opsets, producer: producer.trim(), description, metadata, functions, ...graph };
}

function readGraph(file: MessageFile, graph: MessageField) {
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  const initializers: OnnxInitializer[] = [];
  const operators = new Map<string, number>();
  for (const part of file.within(graph)) {
    if (part.field === 1) {
      const { 4: operator = "", 7: domain = "" } = pick(file, part, 4, 7);
      const name = operatorName(String(domain), String(operator));
      operators.set(name, (operators.get(name) ?? 0) + 1);
    } else if (part.field === 5) initializers.push(readInitializer(file, part));
    else if (part.field === 11) inputs.push(readValue(file, part));
    else if (part.field === 12) outputs.push(readValue(file, part));
    if (Math.max(initializers.length, inputs.length, outputs.length, operators.size) > MOST) {
      throw new RangeError(`it lists more than ${MOST} values`);
    }
  }
  const constants = new Set(initializers.map(({ name }) => name));
  return {
    inputs: inputs.filter(({ name }) => !constants.has(name)),
    outputs,
    initializers,
    operators,
  };
}

/** The last text or number of each of the fields that are asked for. */
function pick<F extends number>(
  file: MessageFile,
  message: MessageField,
  ...fields: F[]
): Partial<Record<F, string | number>> {
  const found: Partial<Record<F, string | number>> = {};
  for (const part of file.within(message)) {
    const field = fields.find((each) => each === part.field);
    if (field !== undefined) found[field] = part.isBytes ? file.text(part) : part.value;
  }
  return found;
}

const domainName = (domain: string) => (domain === "" ? "ai.onnx" : domain);
const operatorName = (domain: string, operator: string) =>
  domain === "" || domain === "ai.onnx" ? operator : `${domain}.${operator}`;

import { FlatTable, type OpenBytes } from "@amface/files";

import type { Inspected, InspectedTensor } from "./inspected.ts";

/** Longest header of a message, most messages, columns and entries that are looked at. */
const [LONGEST, MESSAGES, COLUMNS] = [2 ** 24, 1_000_000, 10_000];

const [SCHEMA, RECORDS] = [1, 3];
/** Arrow's types by their numbers in Schema.fbs. */
const TYPES: readonly (string | undefined)[] = [
  ...[undefined, "null", "int", "float", "binary", "utf8", "bool", "decimal", "date", "time", "timestamp"],
  ...["interval", "list", "struct", "union", "fixed_binary", "fixed_list", "map", "duration", "large_binary"],
  ...["large_utf8", "large_list", "run_end", "binary_view", "utf8_view", "list_view", "large_list_view"],
];
const FLOATS = ["F16", "F32", "F64"];
const FIXED_LIST = 16;

/** Columns and rows of an Arrow file or stream, by the headers of its messages. */
export function inspectArrow(bytes: OpenBytes, path: string): Inspected {
  try {
    return readMessages(bytes);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new Error(`Cannot read ${path} as Arrow: ${cause.message}`, { cause });
  }
}

function readMessages(bytes: OpenBytes): Inspected {
  const isFile = Buffer.from(bytes.read(0, Math.min(6, bytes.size))).toString("latin1") === "ARROW1";
  let [columns, rows, batches] = [undefined as InspectedTensor[] | undefined, 0, 0];
  let metadata: Record<string, string> = {};
  for (let at = isFile ? 8 : 0, count = 0; at + 8 <= bytes.size; count++) {
    const start = viewOf(bytes.read(at, at + 8));
    if (start.getUint32(0, true) !== 0xffffffff)
      throw new RangeError(`expected a message at byte ${at}, got something else`);
    const size = start.getUint32(4, true);
    if (size === 0) break;
    if (size > LONGEST || at + 8 + size > bytes.size || count > MESSAGES) {
      throw new RangeError(`expected a whole header of at most ${LONGEST} bytes at byte ${at}, got ${size}`);
    }
    const message = FlatTable.root(viewOf(bytes.read(at + 8, at + 8 + size)));
    const header = message.table(2);
    const kind = message.uint8(1);
    if (kind === SCHEMA && header)
      [columns, metadata] = [header.tables(1).slice(0, COLUMNS).map(column), entries(header)];
    if (kind === RECORDS && header) {
      rows += header.int64(0);
      batches++;
    }
    const body = message.int64(3);
    if (body < 0 || at + 8 + size + body > bytes.size)
      throw new RangeError(`expected ${body} bytes of a message's body, got the end of the file`);
    at += 8 + size + body;
  }
  if (columns === undefined) throw new RangeError("expected a schema, got none");
  return {
    format: `Arrow, ${isFile ? "a file" : "a stream"} of ${batches} ${batches === 1 ? "batch" : "batches"}`,
    tensors: columns.map(({ shape, ...rest }) => ({ ...rest, shape: [rows, ...shape] })),
    metadata,
    isNet: false,
  };
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** A column's name and type; of lists of one length that and the type within. */
function column(field: FlatTable): InspectedTensor {
  const type = field.table(3);
  if (field.uint8(2) === FIXED_LIST) {
    const [item] = field.tables(5);
    return { name: field.text(0), dtype: item ? dtypeOf(item) : "?", shape: [type?.int32(0) ?? 0] };
  }
  const [item] = field.tables(5);
  const within = item ? `<${dtypeOf(item)}>` : "";
  return { name: field.text(0), dtype: `${dtypeOf(field)}${within}`, shape: [] };
}

function dtypeOf(field: FlatTable): string {
  const name = TYPES[field.uint8(2)] ?? `type ${field.uint8(2)}`;
  const type = field.table(3);
  if (name === "float") return FLOATS[type?.int16(0) ?? 0] ?? name;
  if (name === "int") return `${type?.uint8(1) ? "I" : "U"}${type?.int32(0) ?? ""}`;
  return name;
}

/** The schema's own entries, such as pandas'. */
function entries(schema: FlatTable): Record<string, string> {
  return Object.fromEntries(
    schema
      .tables(2)
      .slice(0, 100)
      .map((entry) => [entry.text(0).slice(0, 100), entry.text(1).slice(0, 1000)]),
  );
}

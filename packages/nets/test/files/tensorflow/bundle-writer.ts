/** Writes TensorFlow's checkpoint formats from their descriptions, for tests: LevelDB table, protobuf messages, data files. */

import type { NamedTensor } from "@amface/nets";

/** CRC-32C bit by bit, and TensorFlow's mask. */
function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}
const uint32 = (value: number) => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
const field = (number: number, value: number) => [...varint(number * 8), ...varint(value)];
const message = (number: number, bytes: number[]) => [
  ...varint(number * 8 + 2),
  ...varint(bytes.length),
  ...bytes,
];

/** A block with its trailer. `interval`: entries after which a key is written whole. */
function block(entries: readonly [string, number[]][], interval = 3): number[] {
  const bytes: number[] = [];
  const restarts: number[] = [];
  let before: number[] = [];
  entries.forEach(([text, value], i) => {
    const key = [...new TextEncoder().encode(text)];
    let shared = 0;
    if (i % interval === 0) restarts.push(bytes.length);
    else while (shared < Math.min(key.length, before.length) && key[shared] === before[shared]) shared++;
    bytes.push(...varint(shared), ...varint(key.length - shared), ...varint(value.length));
    bytes.push(...key.slice(shared), ...value);
    before = key;
  });
  bytes.push(...restarts.flatMap(uint32), ...uint32(restarts.length));
  return [...bytes, 0, ...uint32(maskedCrc(Uint8Array.from([...bytes, 0])))];
}

/** A table of blocks of `size` entries each. */
function table(entries: readonly [string, number[]][], size: number): Uint8Array {
  const bytes: number[] = [];
  const index: [string, number[]][] = [];
  const add = (contents: number[]) => {
    const place = [...varint(bytes.length), ...varint(contents.length - 5)];
    bytes.push(...contents);
    return place;
  };
  for (let from = 0; from < entries.length; from += size) {
    const part = entries.slice(from, from + size);
    index.push([part[part.length - 1][0], add(block(part))]);
  }
  const meta = add(block([]));
  const footer = [...meta, ...add(block(index, 1))];
  while (footer.length < 40) footer.push(0);
  return Uint8Array.from([...bytes, ...footer, 0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]);
}

/** A bundle of float32 tensors spread over `shards` data files, and of an int64 step. */
export function writeBundle(tensors: readonly NamedTensor[], shards = 1) {
  const files = Array.from({ length: shards }, () => ({ length: 0, pieces: [] as Uint8Array[] }));
  const sorted = [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1));
  const describe = (dtype: number, shape: readonly number[], bytes: Uint8Array, shard: number) => {
    const offset = files[shard].length;
    files[shard].length += bytes.length;
    files[shard].pieces.push(bytes);
    const dimensions = shape.flatMap((size) => message(2, field(1, size)));
    return [
      ...field(1, dtype),
      ...message(2, dimensions),
      ...(shard ? field(3, shard) : []),
      ...(offset ? field(4, offset) : []),
      ...field(5, bytes.length),
      ...[6 * 8 + 5, ...uint32(maskedCrc(bytes))],
    ];
  };
  const entries = sorted.map(({ name, shape, data }, i): [string, number[]] => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return [name, describe(1, shape, bytes, i % shards)];
  });
  entries.push(["zz/global_step", describe(9, [], Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0), 0)]);
  const header: [string, number[]] = ["", [...field(1, shards), ...message(3, field(1, 1))]];
  return {
    index: table([header, ...entries], 4),
    data: files.map(({ pieces }) => new Uint8Array(Buffer.concat(pieces))),
  };
}

/** The file of one table that TensorFlow wrote before 0.12, of float32 tensors and an int64 step. */
export function writeSlices(tensors: readonly NamedTensor[]): Uint8Array {
  const named = (name: string) => message(1, [...new TextEncoder().encode(name)]);
  const shapeOf = (shape: readonly number[]) => shape.flatMap((size) => message(2, field(1, size)));
  const meta = (name: string, shape: readonly number[], dtype: number) =>
    message(1, [...named(name), ...message(2, shapeOf(shape)), ...field(3, dtype), ...message(4, [])]);
  const slice = (name: string, tensor: number[]): [string, number[]] => [
    `\0${name}`,
    message(2, [...named(name), ...message(2, []), ...message(3, tensor)]),
  ];
  const sorted = [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1));
  const header = [
    ...sorted.flatMap(({ name, shape }) => meta(name, shape, 1)),
    ...meta("zz/global_step", [], 9),
  ];
  const slices = sorted.map(({ name, data }) =>
    slice(name, [
      ...field(1, 1),
      ...message(5, [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]),
    ]),
  );
  const step = slice("zz/global_step", [...field(1, 9), ...message(10, [7])]);
  return table([["", message(1, header)], ...slices, step], 2);
}

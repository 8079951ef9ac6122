import { ByteReader } from "./byte-reader.ts";
import { maskedCrc32c } from "./crc32c.ts";

const FOOTER = 48;
const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];

/** Whether the last bytes are those of a LevelDB table. */
export function endsAsTable(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => byte === bytes[bytes.length - MAGIC.length + i]);
}

/**
 * All entries of a LevelDB table (the sorted string table of its `table_format` page), in the order of their keys. A
 * table is blocks of entries, an index block whose values say where they are, and a footer that says where that is;
 * each block ends with its compression and checksum.
 *
 * @throws {RangeError} Where the bytes are no such table; the message goes on from "expected a LevelDB table, but".
 */
export function readTable(bytes: Uint8Array): [key: string, value: Uint8Array][] {
  if (bytes.length < FOOTER) throw new RangeError("it is shorter than a footer");
  const footer = new ByteReader(bytes.subarray(bytes.length - FOOTER));
  const [, index] = [handle(footer), handle(footer)];
  if (!endsAsTable(bytes)) throw new RangeError("its last bytes are others");
  return entries(block(bytes, index)).flatMap(([, place]) =>
    entries(block(bytes, handle(new ByteReader(place)))),
  );
}

interface Handle {
  readonly offset: number;
  readonly size: number;
}

const handle = (reader: ByteReader): Handle => ({ offset: reader.varint(), size: reader.varint() });

function block(bytes: Uint8Array, { offset, size }: Handle): Uint8Array {
  const reader = new ByteReader(bytes);
  reader.at = offset;
  const contents = reader.bytes(size);
  const type = reader.bytes(1);
  if (reader.uint32() !== maskedCrc32c(contents, type)) throw new RangeError("a block's checksum is wrong");
  if (type[0] !== 0) throw new RangeError("a block is compressed, as TensorFlow's own are not");
  return contents;
}

/** A block's entries; a key is stored as what it shares with the one before, and the rest. */
function entries(contents: Uint8Array): [string, Uint8Array][] {
  const end = new ByteReader(contents);
  end.at = Math.max(0, contents.length - 4);
  const restarts = end.uint32();
  const reader = new ByteReader(contents.subarray(0, Math.max(0, contents.length - 4 * (restarts + 1))));
  const found: [string, Uint8Array][] = [];
  let key = new Uint8Array(0);
  while (!reader.done) {
    const [shared, own, size] = [reader.varint(), reader.varint(), reader.varint()];
    if (shared > key.length) throw new RangeError("a key shares more than the one before has");
    const next = new Uint8Array(shared + own);
    next.set(key.subarray(0, shared));
    next.set(reader.bytes(own), shared);
    key = next;
    found.push([new TextDecoder().decode(key), reader.bytes(size)]);
  }
  return found;
}

import { open } from "node:fs/promises";
import { decodeFaceRecord, type PartialFaceRecord } from "./face-record.ts";
import type { ShardRecords } from "./record-list.ts";
import { ShardError } from "./shard-error.ts";
import { FOOTER, frameLength, HEADER } from "./tfrecord.ts";

export interface ScannedShard {
  readonly records: ShardRecords;
  readonly bytes: number;
  /** Names that records give for the labels. */
  readonly names: ReadonlyMap<number, string>;
  /** Records that have no label, or are damaged, or lie behind such damage; their class is -1. */
  readonly problems: readonly ShardError[];
}

/** Longer data is taken for damage: a photo of a gigabyte. */
const MAX_LENGTH = 2 ** 30;
/** The largest label. */
const LARGEST = 2 ** 31 - 1;

/**
 * Reads a TFRecord file that has no index from end to end, and notes where its records are and whose.
 *
 * A record without a label, or that is no `tf.train.Example`, is noted as a problem; after a damaged length
 * nothing more can be found, and what follows is one more.
 *
 * @throws {ShardError} When the file cannot be read, or is compressed.
 */
export async function scanTfrecords(path: string): Promise<ScannedShard> {
  const handle = await open(path).catch((cause: Error) => {
    throw new ShardError(path, "missing", undefined, cause.message, { cause });
  });
  const classes: number[] = [];
  const lengths: number[] = [];
  const names = new Map<number, string>();
  const problems: ShardError[] = [];
  let at = 0;
  try {
    const { size } = await handle.stat();
    const header = Buffer.alloc(HEADER);
    let data = Buffer.alloc(1 << 16);
    while (at < size) {
      const record = lengths.length;
      const { bytesRead } = await handle.read(header, 0, HEADER, at);
      const length = bytesRead < HEADER ? undefined : frameLength(header);
      if (at === 0 && length === undefined) refuseCompressed(path, header);
      if (length === undefined || length > MAX_LENGTH || at + HEADER + length + FOOTER > size) {
        const cut = bytesRead < HEADER || length !== undefined;
        problems.push(
          new ShardError(
            path,
            cut ? "truncated" : "checksum",
            record,
            cut
              ? `expected a whole record at byte ${at}, got the end of the file`
              : `expected a length that matches its checksum at byte ${at}, got another`,
          ),
        );
        break;
      }
      if (data.length < length) data = Buffer.alloc(2 * length);
      await handle.read(data, 0, length, at + HEADER);
      const found = classOf(path, record, data.subarray(0, length));
      if (found instanceof ShardError) problems.push(found);
      else if (found.text) names.set(found.label!, found.text);
      classes.push(found instanceof ShardError ? -1 : found.label!);
      lengths.push(length);
      at += HEADER + length + FOOTER;
    }
  } finally {
    await handle.close();
  }
  return {
    records: { classes: Int32Array.from(classes), lengths: Uint32Array.from(lengths) },
    bytes: at,
    names,
    problems,
  };
}

/** How files begin that TensorFlow compressed as a whole: records of such cannot be read one by one. */
const COMPRESSIONS: Record<string, readonly number[]> = {
  GZIP: [0x1f8b],
  ZLIB: [0x7801, 0x785e, 0x789c, 0x78da],
};

function refuseCompressed(path: string, header: Buffer): void {
  const found = Object.entries(COMPRESSIONS).find(([, begins]) => begins.includes(header.readUInt16BE(0)));
  if (found === undefined) return;
  const mend =
    found[0] === "GZIP" ? `decompress it first (gzip -dc ${path} > a.tfrecord)` : "write it uncompressed";
  const problem = `expected TFRecords as they are, got a file that is compressed (${found[0]}); ${mend}`;
  throw new ShardError(path, "format", undefined, problem);
}

function classOf(path: string, record: number, data: Uint8Array): PartialFaceRecord | ShardError {
  try {
    const found = decodeFaceRecord(data);
    const { label } = found;
    if (label !== undefined && label >= 0 && label <= LARGEST) return found;
    const got = label === undefined ? "none" : String(label);
    return new ShardError(
      path,
      "format",
      record,
      `expected a label (image/class/label) of 0 to ${LARGEST}, got ${got}`,
    );
  } catch (error) {
    return new ShardError(path, "format", record, (error as Error).message, { cause: error });
  }
}

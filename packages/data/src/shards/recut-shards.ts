import { open, rm } from "node:fs/promises";
import { makeFolder } from "@amface/files";
import { crc32c, maskCrc } from "./crc32c.ts";
import { shardName } from "./pack-part.ts";
import { RecordLists } from "./record-list.ts";
import { ShardError } from "./shard-error.ts";
import type { ShardRow } from "./shard-index.ts";
import { ShardWriter } from "./shard-writer.ts";
import { FOOTER, HEADER } from "./tfrecord.ts";

/**
 * Writes the records of shards, in their order, into shards of `shardSize` records.
 *
 * @param dir Emptied first.
 * @throws {ShardError} Where a record is not that of its checksum.
 */
export async function recutShards(
  dir: string,
  shards: readonly { readonly row: ShardRow; readonly path: string }[],
  shardSize: number,
  signal?: AbortSignal,
): Promise<ShardRow[]> {
  await rm(dir, { recursive: true, force: true });
  await makeFolder(dir);
  const rows: ShardRow[] = [];
  let writer: ShardWriter | undefined;
  try {
    for (const { row, path } of shards) {
      for await (const { label, data } of recordsOf(path, row)) {
        signal?.throwIfAborted();
        writer ??= await ShardWriter.create(dir, shardName(rows.length));
        await writer.addEncoded(label, data);
        if (writer.records < shardSize) continue;
        rows.push(await writer.finish());
        writer = undefined;
      }
    }
    if (writer) rows.push(await writer.finish());
    writer = undefined;
  } finally {
    await writer?.close();
  }
  return rows;
}

async function* recordsOf(path: string, row: ShardRow): AsyncGenerator<{ label: number; data: Uint8Array }> {
  const { classes, lengths } = await new RecordLists().read(path, row, new ArrayBuffer(0));
  const handle = await open(path);
  try {
    let at = 0;
    for (const [i, length] of lengths.entries()) {
      const bytes = Buffer.alloc(length + FOOTER);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, at + HEADER);
      const data = bytes.subarray(0, length);
      if (bytesRead < bytes.length || bytes.readUInt32LE(length) !== maskCrc(crc32c(data))) {
        const reason = bytesRead < bytes.length ? "truncated" : "checksum";
        throw new ShardError(path, reason, i, "expected the bytes of its checksum, got others");
      }
      at += HEADER + length + FOOTER;
      yield { label: classes[i], data };
    }
  } finally {
    await handle.close();
  }
}

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Random } from "@amface/data";
import { columnFromArray, int32, tableFromColumns, tableToIPC, uint32 } from "@uwdata/flechette";
import { encodeRecords, RecordLists, recordsFile } from "../../src/shards/record-list.ts";
import { temporaryFolder } from "../crops.ts";

const random = new Random("lists", 1);

/** Records of a shard, and what the table of shards says of it. */
function shardOf(count: number) {
  const records = Array.from({ length: count }, () => ({ class: random.int(100), length: random.int(500) }));
  const bytes = records.reduce((sum, { length }) => sum + 16 + length, 0);
  return { records, row: { file: "", records: count, bytes, crc32c: 0 } };
}

const classes = (records: readonly { class: number }[]) => Int32Array.from(records, (one) => one.class);
const lengths = (records: readonly { length: number }[]) => Uint32Array.from(records, ({ length }) => length);

test("RecordLists reads every list as its table says, the second of a kind without one", async () => {
  const dir = await temporaryFolder();
  const lists = new RecordLists();
  for (const [i, count] of [7, 7, 9, 7, 1, 9].entries()) {
    const { records, row } = shardOf(count);
    const shard = join(dir, `${i}.tfrecord`);
    await writeFile(recordsFile(shard), encodeRecords(records));
    const read = await lists.read(shard, row, new ArrayBuffer(8192));
    assert.deepEqual(read, { classes: classes(records), lengths: lengths(records) });
  }
});

test("RecordLists does not take a list for one of another form that is as long", async () => {
  const dir = await temporaryFolder();
  const lists = new RecordLists();
  const { records, row } = shardOf(6);
  const columns = {
    class: columnFromArray(classes(records), int32()),
    length: columnFromArray(lengths(records), uint32()),
  };
  const { length, class: label } = columns;
  const turned = tableToIPC(tableFromColumns({ length, class: label }), { format: "file" })!;
  const usual = encodeRecords(records);
  assert.equal(turned.length, usual.length);
  for (const [i, file] of [usual, turned, usual, turned].entries()) {
    const shard = join(dir, `${i}.tfrecord`);
    await writeFile(recordsFile(shard), file);
    const read = await lists.read(shard, row, new ArrayBuffer(8192));
    assert.deepEqual(read, { classes: classes(records), lengths: lengths(records) });
  }
});

test("RecordLists refuses a list that was cut or does not add up", async () => {
  const dir = await temporaryFolder();
  const lists = new RecordLists();
  const { records, row } = shardOf(6);
  const [whole, cut] = ["whole", "cut"].map((name) => join(dir, `${name}.tfrecord`));
  const file = encodeRecords(records);
  await writeFile(recordsFile(whole), file);
  await writeFile(recordsFile(cut), file.subarray(0, file.length - 9));
  await lists.read(whole, row, new ArrayBuffer(8192));
  await assert.rejects(lists.read(cut, row, new ArrayBuffer(8192)), /expected an Arrow file/);
  await assert.rejects(
    lists.read(whole, { ...row, bytes: row.bytes + 1 }, new ArrayBuffer(8192)),
    /expected 6 records of \d+ bytes in all/,
  );
});

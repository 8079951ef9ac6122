import assert from "node:assert/strict";
import { mkdtemp, open, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Gallery } from "@amface/lfw-eval";
import { tableFromIPC } from "@uwdata/flechette";
import { seededIntegers } from "../../src/pairs/random.ts";

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-gallery-"));
});
after(() => rm(dir, { recursive: true }));

const table = (...rows: number[][]) => ({ data: Float32Array.from(rows.flat()), size: rows[0].length });
const photo = (name: string, path = `${name}.png`) => ({ name, path });

/** A gallery of three people, of the second two photos. */
async function small(name: string): Promise<Gallery> {
  const gallery = await Gallery.create(join(dir, name), 2, new Map([["model", "m"]]));
  await gallery.add([photo("a"), photo("b")], table([2, 0], [0, 1]));
  await gallery.add([photo("b", "b2.png"), photo("c")], table([1, 1], [-1, 0]));
  return gallery;
}

const people = (gallery: Gallery) => Object.fromEntries(gallery.people);

test("a gallery is found again as it was left: added, removed, renamed, replaced", async () => {
  const gallery = await small("journal.arrow");
  const { size: before } = await stat(gallery.path);
  await gallery.rename("c", "b");
  await gallery.remove("a");
  await gallery.add([photo("d"), photo("b", "b2.png")], table([0, -3], [1, 0]));
  const again = await Gallery.open(gallery.path, 2);
  assert.equal(again.metadata.get("model"), "m");
  for (const each of [gallery, again]) {
    assert.deepEqual(people(each), { b: 3, d: 1 });
    assert.equal(each.photos, 4);
    const [[first, second]] = await each.identify(table([5, 0]));
    assert.deepEqual([first.name, first.path, second.name], ["b", "b2.png", "d"]);
    assert.ok(first.distance < 1e-6 && Math.abs(second.distance - 2) < 1e-6);
  }
  // What was changed was appended: nothing of before was written anew.
  const { size: grown } = await stat(gallery.path);
  assert.ok(grown > before);
  await again.compact();
  assert.ok((await stat(again.path)).size < grown);
  for (const each of [again, await Gallery.open(again.path)]) {
    assert.deepEqual(people(each), { b: 3, d: 1 });
    await assert.rejects(each.remove("a"), /expected somebody of the gallery, got nobody of that name/);
  }
  await again.add([photo("e")], table([1, 2]));
  assert.deepEqual(people(await Gallery.open(again.path)), { b: 3, d: 1, e: 1 });
});

test("identify() tells the nearest people of all, each once, whatever the products and the chunks", async () => {
  const draw = seededIntegers(3);
  const value = () => draw(2001) / 1000 - 1;
  const [size, count] = [6, 500];
  const gallery = await Gallery.create(join(dir, "many.arrow"), size);
  const rows = Array.from({ length: count }, () => Array.from({ length: size }, value));
  for (let from = 0; from < count; from += 150) {
    const part = rows.slice(from, from + 150);
    await gallery.add(
      part.map((_, i) => photo(`p${(from + i) % 90}`, `${from + i}`)),
      table(...part),
    );
  }
  await gallery.remove("p7");
  const unit = (row: number[]) => row.map((x) => x / Math.hypot(...row));
  const queries = rows.slice(0, 4).map((row) => row.map((x) => x + 0.2 * value()));
  for (const each of [gallery, await Gallery.open(gallery.path)]) {
    const found = await each.identify(table(...queries), { top: 3 });
    for (const [q, matches] of found.entries()) {
      const nearest = new Map<string, number>();
      for (const [i, row] of rows.entries()) {
        const distance = unit(row).reduce((sum, x, d) => sum + (x - unit(queries[q])[d]) ** 2, 0);
        const name = `p${i % 90}`;
        if (name !== "p7") nearest.set(name, Math.min(distance, nearest.get(name) ?? 4));
      }
      const expected = [...nearest].sort((a, b) => a[1] - b[1]).slice(0, 3);
      assert.deepEqual(
        matches.map(({ name }) => name),
        expected.map(([name]) => name),
      );
      for (const [k, { distance }] of matches.entries())
        assert.ok(Math.abs(distance - expected[k][1]) < 1e-5);
    }
  }
});

test("a gallery cut off anywhere in its last message opens without it, and the next one takes its place", async () => {
  const gallery = await small("torn.arrow");
  const { size: whole } = await stat(gallery.path);
  await gallery.add([photo("d")], table([3, 4]));
  const bytes = await readFile(gallery.path);
  for (let length = whole; length < bytes.length; length += 13) {
    await writeFile(gallery.path, bytes.subarray(0, length));
    assert.deepEqual(people(await Gallery.open(gallery.path)), { a: 1, b: 2, c: 1 });
  }
  // All of it but what is written last.
  const torn = new Uint8Array(bytes);
  torn.fill(0, whole, whole + 8);
  await writeFile(gallery.path, torn);
  const again = await Gallery.open(gallery.path);
  assert.deepEqual(people(again), { a: 1, b: 2, c: 1 });
  await again.add([photo("e")], table([0, 1]));
  assert.deepEqual(people(await Gallery.open(gallery.path)), { a: 1, b: 2, c: 1, e: 1 });
});

test("a gallery is an Arrow stream for other programs", async () => {
  const gallery = await small("stream.arrow");
  const { columns } = { columns: tableFromIPC(await readFile(gallery.path)).toColumns() };
  assert.deepEqual([...columns.name], ["a", "b", "b", "c"]);
  assert.deepEqual(
    [...columns.embedding].map((row) => Array.from(row as Float32Array, (x) => Math.round(100 * x))),
    [
      [100, 0],
      [0, 100],
      [71, 71],
      [-100, 0],
    ],
  );
});

test("a gallery refuses other sizes and files, a second writer, and changes behind its back", async () => {
  const gallery = await small("refusals.arrow");
  await assert.rejects(
    gallery.add([photo("x")], table([1, 2, 3])),
    /expected 1 embeddings of 2 values, got 1 of 3/,
  );
  await assert.rejects(gallery.add([photo("x")], table([0, 0])), /expected finite values, not all zero/);
  await assert.rejects(gallery.identify(table([1])), /expected embeddings of 2 values, got 1/);
  await assert.rejects(Gallery.open(gallery.path, 4), {
    name: "GalleryError",
    message: /of 4 values, got 2/,
  });
  await assert.rejects(Gallery.create(gallery.path, 2), {
    name: "GalleryError",
    message: /expected no file there/,
  });
  await assert.rejects(Gallery.open(join(dir, "none")), { name: "GalleryError", message: /ENOENT/ });
  const other = await Gallery.open(gallery.path);
  await other.remove("a");
  await assert.rejects(gallery.remove("b"), /got one that was changed since; open it again/);
  await writeFile(`${gallery.path}.lock`, String(process.ppid));
  await assert.rejects(other.remove("b"), {
    name: "GalleryError",
    message: /expected no other process at it/,
  });
  await writeFile(`${gallery.path}.lock`, "999999999"); // no such process: it was killed
  await other.remove("b");
  assert.deepEqual(people(await Gallery.open(gallery.path)), { c: 1 });
  const file = await open(join(dir, "text.arrow"), "w");
  await file.writeFile("no arrow at all, but long enough");
  await file.close();
  await assert.rejects(Gallery.open(join(dir, "text.arrow")), /expected an Arrow stream, got something else/);
  await truncate(join(dir, "text.arrow"));
  await assert.rejects(Gallery.open(join(dir, "text.arrow")), /expected an Arrow stream, got something else/);
});

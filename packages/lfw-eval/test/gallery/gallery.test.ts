import assert from "node:assert/strict";
import { mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { FileLock } from "@amface/files";
import { Gallery, type KeepRows, keepPlainRows } from "@amface/lfw-eval";
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
  const lock = await FileLock.acquire(`${gallery.path}.lock`);
  await assert.rejects(other.remove("b"), {
    name: "GalleryError",
    message: /expected no other process at it/,
  });
  await lock.release();
  await other.remove("b");
  assert.deepEqual(people(await Gallery.open(gallery.path)), { c: 1 });
  const file = await open(join(dir, "text.arrow"), "w");
  await file.writeFile("no arrow at all, but long enough");
  await file.close();
  await assert.rejects(Gallery.open(join(dir, "text.arrow")), /expected an Arrow stream, got something else/);
  await truncate(join(dir, "text.arrow"));
  await assert.rejects(Gallery.open(join(dir, "text.arrow")), /expected an Arrow stream, got something else/);
});

test("a gallery opened before another process compacted it and let it grow is refused, and nothing is lost", async () => {
  const first = await small("stale.arrow");
  const stale = await Gallery.open(first.path);
  await first.remove("b");
  await first.compact();
  const many = Array.from({ length: 40 }, (_, i) => photo(`p${i}`));
  await first.add(many, table(...many.map((_, i) => [1, i])));
  const bytes = await readFile(first.path);
  const changes = [
    stale.add([photo("x")], table([1, 0])),
    stale.rename("a", "x"),
    stale.remove("a"),
    stale.compact(),
  ];
  for (const { status, reason } of (await Promise.allSettled(changes)) as PromiseRejectedResult[]) {
    assert.equal(status, "rejected");
    assert.equal(reason.name, "GalleryError");
  }
  await assert.rejects(stale.remove("a"), /got one that was changed since; open it again/);
  assert.deepEqual(await readFile(first.path), bytes);
});

test("compact() does not lose what others added since", async () => {
  const gallery = await small("added.arrow");
  await (await Gallery.open(gallery.path)).add([photo("d")], table([1, 3]));
  await assert.rejects(gallery.compact(), /got one that was changed since; open it again/);
  assert.deepEqual(people(await Gallery.open(gallery.path)), { a: 1, b: 2, c: 1, d: 1 });
});

test("compact() leaves an empty gallery that can be added to", async () => {
  const gallery = await small("emptied.arrow");
  for (const name of ["a", "b", "c"]) await gallery.remove(name);
  await gallery.compact();
  await gallery.add([photo("d")], table([1, 3]));
  assert.deepEqual(people(await Gallery.open(gallery.path)), { d: 1 });
});

test("a lock that is just being written holds, one of a killed process does not, whoever has its number now", async () => {
  const gallery = await small("locked.arrow");
  const lock = `${gallery.path}.lock`;
  await writeFile(lock, "");
  await assert.rejects(gallery.remove("a"), { name: "GalleryError", message: /no other process at it/ });
  await rm(lock);
  const held = await FileLock.acquire(lock);
  const holder = JSON.parse(await readFile(lock, "utf8"));
  await held.release();
  await writeFile(lock, JSON.stringify({ ...holder, started: `${Number(holder.started) - 1}` }));
  await gallery.remove("a");
  await writeFile(lock, JSON.stringify({ ...holder, machine: "far away" }));
  await assert.rejects(gallery.remove("b"), { name: "GalleryError", message: /last sign of life is/ });
});

test("what a killed compact() left is removed, and a missing folder is made", async () => {
  const folder = join(dir, "new", "deep");
  const gallery = await Gallery.create(join(folder, "g.arrow"), 2);
  await writeFile(join(folder, ".g.arrow.0123abcd.tmp"), "half");
  await writeFile(join(folder, ".other.arrow.0123abcd.tmp"), "not ours");
  await gallery.add([photo("a")], table([1, 0]));
  assert.deepEqual((await readdir(folder)).sort(), [".other.arrow.0123abcd.tmp", "g.arrow"]);
});

test("damage in the middle is told of and not taken for a message that was cut off", async () => {
  const gallery = await Gallery.create(join(dir, "damaged.arrow"), 2);
  const { size: start } = await stat(gallery.path);
  const opened = await Gallery.open(gallery.path);
  await gallery.add([photo("a")], table([1, 0]));
  await gallery.add([photo("b")], table([0, 1]));
  const bytes = await readFile(gallery.path);
  const damages: Record<string, (copy: Buffer) => void> = {
    "no mark": (copy) => copy.writeUInt32LE(7, start),
    "zeros for the first bytes": (copy) => copy.fill(0, start, start + 8),
    "a header larger than the file": (copy) => copy.writeUInt32LE(2 ** 30, start + 4),
    "no header": (copy) => copy.writeUInt32LE(0, start + 4),
  };
  for (const [what, damage] of Object.entries(damages)) {
    const copy = Buffer.from(bytes);
    damage(copy);
    await writeFile(gallery.path, copy);
    await assert.rejects(
      Gallery.open(gallery.path),
      { name: "GalleryError", message: /got a damaged one/ },
      what,
    );
    await assert.rejects(opened.add([photo("x")], table([1, 1])), { name: "GalleryError" }, what);
    assert.deepEqual(await readFile(gallery.path), copy, what);
  }
});

test("a photo needs a path: without one, adding it again would remove all of its person", async () => {
  const gallery = await small("pathless.arrow");
  await assert.rejects(
    gallery.add([photo("a", "")], table([1, 1])),
    /expected names and paths, got an empty/,
  );
  assert.deepEqual(people(await Gallery.open(gallery.path)), { a: 1, b: 2, c: 1 });
});

test("identify() compares many queries in blocks, and loads photos once, until unload() or compact()", async () => {
  const gallery = await small("blocks.arrow");
  const queries = Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? [3, 0] : [-2, 0]));
  let [most, loaded] = [0, 0];
  const keep: KeepRows = (rows) => {
    loaded++;
    const plain = keepPlainRows(rows);
    return {
      products: async (queries) => {
        most = Math.max(most, queries.data.length / queries.size);
        return plain.products(queries);
      },
      dispose: () => loaded--,
    };
  };
  const found = await gallery.identify(table(...queries), { top: 1, keep });
  assert.ok(most <= 256);
  assert.deepEqual(
    found.map(([{ name }]) => name),
    queries.map(([x]) => (x > 0 ? "a" : "c")),
  );
  assert.equal(loaded, 2);
  // What was loaded stays; what was added since is loaded beside it, what was removed is not found.
  await gallery.add([photo("e")], table([0, -1]));
  await gallery.remove("a");
  const [[first]] = await gallery.identify(table([0.1, -5]), { top: 1, keep });
  assert.deepEqual([first.name, loaded], ["e", 3]);
  await gallery.compact();
  assert.equal(loaded, 0);
  assert.equal((await gallery.identify(table([3, 0]), { top: 1, keep }))[0][0].name, "b");
  await gallery.unload();
  assert.equal(loaded, 0);
});

test("calls that are not waited for are done one after another: nothing is freed or changed while identify() reads it", async () => {
  const gallery = await small("concurrent.arrow");
  let loaded = 0;
  const slowly = (): KeepRows => (rows) => {
    let free = false;
    loaded++;
    const plain = keepPlainRows(rows);
    return {
      products: async (queries) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        assert.ok(!free, "rows were freed while they were read");
        return plain.products(queries);
      },
      dispose: () => {
        free = true;
        loaded--;
      },
    };
  };
  const [one, other] = [slowly(), slowly()];
  const query = table([3, 0]);
  const found = [one, other, one].map((keep) => gallery.identify(query, { top: 1, keep }));
  const unloaded = gallery.unload();
  const removed = gallery.remove("a");
  const failed = assert.rejects(gallery.remove("a"), /got nobody of that name/);
  const compacted = gallery.compact();
  const after = gallery.identify(query, { top: 1, keep: other });
  for (const matches of found) assert.equal((await matches)[0][0].name, "a");
  await Promise.all([unloaded, removed, failed, compacted]);
  assert.deepEqual([(await after)[0][0].name, loaded], ["b", 1]);
  await gallery.unload();
  assert.equal(loaded, 0);
});

test("of photos with one name and path that are added together the last one counts", async () => {
  const gallery = await Gallery.create(join(dir, "twice.arrow"), 2);
  await gallery.add([photo("a"), photo("b"), photo("a")], table([1, 0], [0, 1], [-1, 0]));
  for (const each of [gallery, await Gallery.open(gallery.path)]) {
    assert.deepEqual(people(each), { a: 1, b: 1 });
    const [[first]] = await each.identify(table([-2, 0]), { top: 1 });
    assert.ok(first.name === "a" && first.distance < 1e-6);
  }
});

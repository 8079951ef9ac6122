import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { checkDataset, type DatasetCard, DownloadError, getDataset } from "@amface/data";
import { temporaryFolder } from "../crops.ts";

const FILES: Record<string, string> = { "a.npy": "first", "b.npy": "the second file" };
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** What the server sends in place of a file. */
const replies = new Map<string, string | number | "cut">();
let asked: string[] = [];
let server: Server;
let from: string;

before(async () => {
  server = createServer((request, response) => {
    const file = request.url!.slice("/files/".length);
    asked.push(file);
    const reply = replies.get(file) ?? FILES[file] ?? 404;
    if (typeof reply === "number") return void response.writeHead(reply).end();
    if (reply !== "cut") return void response.end(reply);
    response.writeHead(200, { "content-length": FILES[file].length });
    response.write("t", () => response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  from = `http://127.0.0.1:${(server.address() as AddressInfo).port}/files/`;
});
after(() => server.close());

const card = (): DatasetCard => ({
  name: "set",
  title: "A set",
  description: "d",
  source: "https://example.org/page",
  licence: "MIT",
  download: {
    from,
    files: Object.fromEntries(
      Object.entries(FILES).map(([file, text]) => [file, { bytes: text.length, sha256: sha256(text) }]),
    ),
    use: "give it as --weights",
  },
  parts: {},
  md5: {},
  notes: [],
});

async function get(dir: string, options = {}) {
  asked = [];
  return (await getDataset(card(), dir, options)).map(({ outcome }) => outcome);
}

test("getDataset() fetches a card's files once, and says which were there", async () => {
  const dir = join(await temporaryFolder(), "new", "folder");
  assert.deepEqual(await get(dir), ["fetched", "fetched"]);
  for (const [file, text] of Object.entries(FILES))
    assert.equal(await readFile(join(dir, file), "utf8"), text);
  assert.deepEqual((await readdir(dir)).sort(), Object.keys(FILES));
  assert.equal((await checkDataset(card(), dir)).verdict, "complete");
  assert.deepEqual([await get(dir), asked], [["already there", "already there"], []]);
});

test("getDataset() fetches what is missing, from another address where it is told one", async () => {
  const dir = await temporaryFolder();
  await writeFile(join(dir, "a.npy"), FILES["a.npy"]);
  const { verdict, missing } = await checkDataset(card(), dir);
  assert.deepEqual([verdict, missing], ["partial", ["b.npy"]]);
  const elsewhere: DatasetCard = card();
  elsewhere.download!.from = "http://127.0.0.1:9/";
  asked = [];
  const urls: string[] = [];
  const files = await getDataset(elsewhere, dir, { from, onFetch: (_, url) => void urls.push(url) });
  assert.deepEqual(
    files.map(({ outcome }) => outcome),
    ["already there", "fetched"],
  );
  assert.deepEqual([asked, urls], [["b.npy"], [`${from}b.npy`]]);
});

test("getDataset() leaves nothing where a file is another one, cut off, too long or not there", async () => {
  const cases: [string | number, RegExp][] = [
    ["THE SECOND FILE", /expected the SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}/],
    ["short", /expected 15 bytes, got 5/],
    ["x".repeat(100_000), /expected 15 bytes, got more/],
    [404, /got the answer 404/],
    ["cut", /Cannot get b\.npy/],
  ];
  for (const [reply, message] of cases) {
    const dir = join(await temporaryFolder(), "folder");
    replies.set("b.npy", reply);
    await assert.rejects(get(dir), (error: Error) => {
      assert.ok(error instanceof DownloadError, String(error));
      assert.match(error.message, message);
      return true;
    });
    await assert.rejects(readdir(dir), { code: "ENOENT" });
  }
  replies.clear();
});

test("getDataset() without a network says what was tried, and how to do it by hand", async () => {
  const dir = await temporaryFolder();
  const closed = "http://127.0.0.1:9/";
  await assert.rejects(get(dir, { from: closed }), (error: Error) => {
    assert.ok(error instanceof DownloadError);
    assert.match(
      error.message,
      /^Cannot get a\.npy of set from http:\/\/127\.0\.0\.1:9\/a\.npy: no answer \(.+\); nothing was written/,
    );
    assert.match(
      error.message,
      /put a\.npy, b\.npy of https:\/\/example\.org\/page into .*datasets check set .*--weights/,
    );
    return true;
  });
  assert.deepEqual(await readdir(dir), []);
});

test("getDataset() keeps a file of another content that lies in the folder, and names it", async () => {
  const dir = await temporaryFolder();
  await writeFile(join(dir, "b.npy"), "mine");
  await assert.rejects(get(dir), /Cannot get b\.npy into .*: expected none there or .*, got .*; delete it/);
  assert.deepEqual([await readdir(dir), await readFile(join(dir, "b.npy"), "utf8")], [["b.npy"], "mine"]);
  const { verdict, altered } = await checkDataset(card(), dir);
  assert.deepEqual([verdict, altered], ["differs", ["b.npy"]]);
});

test("getDataset() stops when told to, and refuses a card without files to fetch", async () => {
  const dir = await temporaryFolder();
  const stop = new AbortController();
  const stopped = get(dir, { signal: stop.signal, onFetch: () => stop.abort() });
  await assert.rejects(stopped, { name: "AbortError" });
  await mkdir(join(dir, "a"));
  const { download: _, ...photos } = card();
  await assert.rejects(getDataset(photos, dir), {
    name: "RangeError",
    message: /expected a card with files to fetch, .* https:\/\/example\.org\/page/,
  });
});

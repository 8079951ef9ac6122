import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { listIdentities } from "@amface/files";

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "amface-identities-"));
});
after(() => rm(root, { recursive: true }));

async function folder(name: string, files: string[]): Promise<string> {
  const dir = join(root, name);
  await mkdir(dir, { recursive: true });
  for (const file of files) {
    await mkdir(dirname(join(dir, file)), { recursive: true });
    await writeFile(join(dir, file), "");
  }
  return dir;
}

test("listIdentities() sorts by code units and leaves out what is no photo", async () => {
  const dir = await folder("mixed", [
    "bob/2.JPG",
    "bob/10.png",
    "bob/.hidden.jpg",
    "bob/notes.txt",
    "Zoe/a.webp",
    "Ömer/a b.jpeg",
    ".git/a.jpg",
    "nobody/readme.md",
    "loose.jpg",
    "bob/nested/a.jpg",
  ]);
  const ignored: string[] = [];
  const onIgnored = (path: string) => void ignored.push(path);
  assert.deepEqual(await listIdentities(dir, { onIgnored }), [
    { name: "Zoe", files: ["Zoe/a.webp"] },
    { name: "bob", files: ["bob/10.png", "bob/2.JPG"] },
    { name: "Ömer", files: ["Ömer/a b.jpeg"] },
  ]);
  assert.deepEqual(ignored.sort(), ["bob/nested", "bob/notes.txt", "loose.jpg", "nobody/readme.md"]);
});

test("listIdentities() follows symbolic links to folders and passes over broken ones", async () => {
  const target = await folder("elsewhere", ["a.jpg"]);
  const dir = await folder("links", ["ann/b.jpg"]);
  await symlink(target, join(dir, "linked"));
  await symlink(join(root, "nothing"), join(dir, "broken"));
  const names = (await listIdentities(dir)).map((identity) => identity.name);
  assert.deepEqual(names, ["ann", "linked"]);
});

test("listIdentities() says what is wrong with a folder", async () => {
  const file = join(await folder("a-file", ["x.jpg"]), "x.jpg");
  await assert.rejects(listIdentities(join(root, "missing")), /expected a folder, got nothing there/);
  await assert.rejects(listIdentities(file), /expected a folder, got a file/);
  await assert.rejects(listIdentities(await folder("empty", [])), /got no folders$/);
  await assert.rejects(listIdentities(await folder("flat", ["a.jpg", "b.jpg"])), /no folders and 2 photos/);
  await assert.rejects(listIdentities(await folder("bare", ["ann/x.txt"])), /got 1 folders without any/);
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@tensorflow/tfjs-backend-cpu";
import { createNet, encodeNet } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import { importsOf } from "../../../test/imports-of.ts";
import { slow } from "../../../test/slow.ts";

const SOURCES = join(import.meta.dirname, "..", "src");
const CHROMIUM = "/usr/bin/chromium";

let folder: string;
before(async () => {
  await tf.setBackend("cpu");
  folder = await mkdtemp(join(import.meta.dirname, "browser-"));
});
after(() => rm(folder, { recursive: true }));

test("what a browser imports needs no module of Node's, here and in numpy", () => {
  const imports = importsOf(join(SOURCES, "browser.ts"));
  assert.ok(imports.size > 15);
  const numpy = importsOf(join(SOURCES, "..", "..", "numpy", "src", "mod.ts"));
  for (const [path, names] of [...imports, ...numpy])
    assert.ok(!names.some((name) => name.startsWith("node:")), path);
  assert.ok(
    importsOf(join(SOURCES, "mod.ts"))
      .get(join(SOURCES, "files", "save-net.ts"))
      ?.includes("node:fs/promises"),
  );
});

function obstacle(): string | false {
  if (!existsSync(CHROMIUM)) return "needs /usr/bin/chromium";
  if (!process.versions.bun) return "bundles with Bun";
  return slow() ? false : "slow: run with AMFACE_SLOW=1";
}

test("a net that was saved here gives the same embeddings in Chromium", {
  skip: obstacle(),
  timeout: 60_000,
}, async () => {
  const net = createNet("resface-small", { imageSize: [16, 16], embeddingSize: 4, seed: 3 });
  const bytes = Buffer.concat(await encodeNet(net));
  const entry = join(folder, "page.ts");
  await writeFile(
    entry,
    `import { decodeNet } from "@amface/nets/browser";
     import "@tensorflow/tfjs-backend-cpu";
     import * as tf from "@tensorflow/tfjs-core";
     const bytes = Uint8Array.from(atob("${bytes.toString("base64")}"), (c) => c.charCodeAt(0));
     await tf.setBackend("cpu");
     const { net } = decodeNet(bytes, "the page");
     const images = tf.reshape(tf.cos(tf.range(0, 1536)), [2, 16, 16, 3]);
     document.title = JSON.stringify([...net.model.predict(images).dataSync()]);`,
  );
  const bundle = spawnSync(
    process.execPath,
    [
      "build",
      entry,
      "--target=browser",
      "--ignore-dce-annotations", // TensorFlow.js registers backends as side effects
      "--conditions=@amface/source",
      `--outfile=${join(folder, "page.js")}`,
    ],
    { encoding: "utf8" },
  );
  assert.equal(bundle.status, 0, bundle.stderr);
  const script = readFileSync(join(folder, "page.js"), "utf8").replaceAll("</script", "<\\/script");
  const page = join(folder, "page.html");
  await writeFile(page, `<!doctype html><script type="module">${script}</script>`);
  const home = await mkdtemp(join(tmpdir(), "amface-chromium-"));
  const { stdout } = spawnSync(
    CHROMIUM,
    [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000"],
      ...[`--user-data-dir=${home}`, "--dump-dom", `file://${page}`],
    ],
    { encoding: "utf8", timeout: 50_000, maxBuffer: 2 ** 28 },
  );
  await rm(home, { recursive: true, force: true });
  const title = /<title>(\[.*?\])<\/title>/.exec(stdout)?.[1];
  assert.ok(title, "the page has no result");
  const expected = tf.tidy(() => {
    const images = tf.reshape(tf.cos(tf.range(0, 1536)), [2, 16, 16, 3]);
    return (net.model.predict(images) as tf.Tensor).dataSync();
  });
  const got = JSON.parse(title) as number[];
  assert.equal(got.length, 8);
  got.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]) < 1e-5, `${value}, expected ${expected[i]}`);
  });
  net.model.dispose();
});

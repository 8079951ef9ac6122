import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadDetector } from "@amface/align";
import { generateFaces } from "@amface/data";
import { encodeJpeg } from "@amface/images";
import { Reporter } from "../../src/command/reporter.ts";
import { alignPhotos } from "../../src/demo/align-photos.ts";

test("alignPhotos() counts photos whose face it found, and measures the landmarks by the generator's", async () => {
  const dir = await mkdtemp(join(tmpdir(), "amface-demo-"));
  const [faces, crops] = [join(dir, "faces"), join(dir, "crops")];
  await generateFaces(faces, { identities: 2, photos: 3, seed: 1 });
  const grey = { data: new Uint8Array(3 * 128 * 128).fill(128), width: 128, height: 128 };
  await writeFile(join(faces, "face00001", "face00001_0002.jpg"), await encodeJpeg(grey, 90));
  const reporter = new Reporter({ quiet: true, stream: process.stderr });
  const detector = await loadDetector();
  const align = (signal: AbortSignal) =>
    alignPhotos(faces, crops, { detector, size: { height: 56, width: 48 } }, { reporter, signal });
  const { photos, found, landmarkError } = await align(new AbortController().signal);
  assert.deepEqual([photos, found], [6, 5]);
  assert.ok(landmarkError! > 0 && landmarkError! < 0.15, `${landmarkError}`);
  assert.deepEqual(await readdir(join(crops, "face00001")), ["face00001_0001.png", "face00001_0003.png"]);
  await assert.rejects(align(AbortSignal.abort()), { name: "AbortError" });
  detector.dispose();
  await rm(dir, { recursive: true });
});

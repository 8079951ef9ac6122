import assert from "node:assert/strict";
import { test } from "node:test";
import { AlignPool } from "../../src/folder/align-pool.ts";
import type { AlignSettings } from "../../src/folder/align-settings.ts";
import { blindDetector } from "../fake-detector.ts";

const SETTINGS: AlignSettings = {
  inputDir: ".",
  detect: { minSize: 20, thresholds: [0.6, 0.7, 0.7], scaleFactor: 0.709, lookOnce: false },
  size: { height: 112, width: 96 },
  rule: "weighted",
  missing: "skip",
  all: false,
  followLinks: false,
  maxPixels: undefined,
};

const SILENT = new URL("../programs/silent-worker.ts", import.meta.url);
const photo = { path: "a/0.png", crop: "a/0.png" };

test("a worker thread that ends silently is an error that names it, for photos at hand and for later ones", {
  timeout: 30_000,
}, async () => {
  const detector = blindDetector();
  const pool = new AlignPool(detector, SETTINGS, 2, SILENT);
  const first = pool.align(photo);
  const named =
    /^Cannot align photos: expected worker thread 1 of 2 to work until it is told to end, got its end with code/;
  await assert.rejects(first, ({ message }: Error) => named.test(message));
  await assert.rejects(pool.align(photo), ({ message }: Error) => named.test(message));
  await pool.close();
  detector.dispose();
});

test("a worker thread that cannot start is an error that names it and says why", {
  timeout: 30_000,
}, async () => {
  const detector = blindDetector();
  const pool = new AlignPool(
    detector,
    SETTINGS,
    1,
    new URL("../programs/no-such-worker.ts", import.meta.url),
  );
  await assert.rejects(
    pool.align(photo),
    /^Error: Cannot align photos: worker thread 1 of 1 failed: .*no-such-worker/,
  );
  await pool.close();
  detector.dispose();
});

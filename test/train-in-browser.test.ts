import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";
import { browserMissing, openBrowser, openPage, problemsOf } from "./browser.ts";
import { bundlePage, ORT_FILES } from "./bundle-page.ts";
import { FaceTraining } from "./programs/face-training.ts";
import type { PageSteps } from "./programs/face-training-page.ts";
import { servePage } from "./serve-page.ts";
import { slow } from "./slow.ts";

const STEPS = 20;

async function lossesInNode(): Promise<number[]> {
  await tf.setBackend("onnx");
  const training = new FaceTraining();
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step++) losses.push(await training.step());
  training.dispose();
  return losses;
}

test("20 steps of a face net on generated people in Chromium have Node's losses and leave no tensor behind", {
  skip: browserMissing || (!slow() && "slow: run with AMFACE_SLOW=1"),
  timeout: 600_000,
}, async () => {
  const dir = await mkdtemp(join(tmpdir(), "amface-train-page-"));
  await bundlePage(join(import.meta.dirname, "programs", "face-training-page.ts"), dir);
  const site = await servePage({ "/": dir, "/ort/": ORT_FILES });
  const browser = await openBrowser();
  try {
    const page = await openPage(browser, `${site.url}/`, "train");
    const problems = problemsOf(page);
    const { losses, tensors, seconds, models } = await page.evaluate<PageSteps>(
      `train("onnx:wasm", ${STEPS})`,
    );
    const expected = await lossesInNode();
    const differences = losses.map((loss, i) => Math.abs(loss - expected[i]));
    const difference = Math.max(...differences);
    const typical = [...seconds].sort((a, b) => a - b)[STEPS / 2];
    console.log(
      `    losses ${losses[0]} to ${losses.at(-1)}, Node's within ${difference}; a step ${typical.toFixed(2)} s`,
    );
    assert.ok(difference < 1e-4, `${losses}\nin the page, in Node\n${expected}`);
    assert.ok(losses.at(-1)! < losses[0], "it learns");
    assert.equal(tensors.at(-1), tensors[1]);
    assert.ok(models <= 5, `${models} models`);
    assert.deepEqual(problems, []);
  } finally {
    await browser.close();
    await Promise.all([site.close(), rm(dir, { recursive: true })]);
  }
});

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadDetector, WeightsError } from "@amface/align";
import { sharedData } from "../../../../test/shared-data.ts";
import { pnetModel } from "../../src/nets/mtcnn-nets.ts";
import { NetWeights, readMtcnnWeights } from "../../src/nets/mtcnn-weights.ts";

test("loadDetector() says which file is missing or damaged", async () => {
  const dir = await mkdtemp(join(tmpdir(), "amface-weights-"));
  try {
    await writeFile(join(dir, "det2.npy"), "no weights");
    await assert.rejects(loadDetector(dir), (error: WeightsError) => {
      assert.ok(error instanceof WeightsError);
      assert.match(
        error.message,
        /det1\.npy: no such file; expected a folder with det1\.npy, det2\.npy, det3\.npy/,
      );
      return true;
    });
    await writeFile(join(dir, "det1.npy"), "no weights");
    await assert.rejects(loadDetector(dir), /det1\.npy: Cannot read the \.npy file/);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test("nets refuse weights that are no numbers", () => {
  const data = Float32Array.of(1, Number.NaN);
  const net = new NetWeights("det1.npy", new Map([["conv1", new Map([["biases", { data, shape: [2] }]])]]));
  assert.throws(() => net.get("conv1", "biases", [2]), {
    name: "WeightsError",
    message: "Cannot use the weights det1.npy: expected finite numbers in conv1 biases, got NaN",
  });
});

const weights = sharedData("weights");

test("nets refuse the weights of another net", {
  skip: weights ? false : "needs ../shared/data",
}, async () => {
  const { rnet } = await readMtcnnWeights(weights as string);
  assert.throws(
    () => pnetModel(rnet),
    /det2\.npy: expected conv1 weights of shape \[3,3,3,10\], got \[3,3,3,28\]/,
  );
  assert.throws(() => rnet.get("conv9", "weights", [1]), /float32 weights of layer conv9, got none/);
});

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { alignmentRecord, loadDetector, WeightsError } from "@amface/align";
import { encodeSafetensors, type NamedTensor } from "@amface/numpy";
import { readWeights } from "@amface/weights";
import { detectorWeights } from "../../src/nets/detector-nets.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "amface-weights-"));
});
after(() => rm(folder, { recursive: true }));

/** Weights of zero, but for the outputs' biases: 1, 2, 3, … */
function tensors(): NamedTensor[] {
  return (["pnet", "rnet", "onet", "lnet"] as const).flatMap(detectorWeights).map(({ name, shape }) => {
    const data = new Float32Array(shape.reduce((size, dim) => size * dim, 1));
    return { name, shape, data: name.endsWith("faces.bias") ? data.map((_, i) => i + 1) : data };
  });
}

/** A folder with the bytes, or the tensors, as `detector.safetensors`. */
async function weightsFolder(name: string, content: Uint8Array | readonly NamedTensor[]): Promise<string> {
  const dir = join(folder, name);
  await mkdir(dir, { recursive: true });
  const bytes = content instanceof Uint8Array ? content : encoded(content);
  await writeFile(join(dir, "detector.safetensors"), bytes);
  return dir;
}

const encoded = (content: readonly NamedTensor[]) =>
  Buffer.concat(encodeSafetensors(content, {}, { dtype: "F16" }));

async function assertRefused(dir: string, message: RegExp): Promise<void> {
  await assert.rejects(loadDetector(dir), (error: Error) => {
    assert.ok(error instanceof WeightsError, String(error));
    assert.match(error.message, message);
    return true;
  });
}

test("loadDetector() takes a folder with amface's own nets, and tells whose and which they are", async () => {
  const detector = await loadDetector(await weightsFolder("own", tensors()), { threads: 2 });
  const sha256 = createHash("sha256").update(encoded(tensors())).digest("hex");
  assert.deepEqual([detector.name, detector.weightsSha256], ["amface", sha256]);
  const record = alignmentRecord(detector);
  assert.deepEqual([record.detector, record.weightsSha256], ["amface", sha256]);
  const counted = (length: number) => Array.from({ length }, (_, i) => i + 1);
  assert.deepEqual(
    [...detector.refine(new Float32Array(2 * 3 * 24 * 24), 2)],
    [...counted(6), ...counted(6)],
  );
  assert.deepEqual([...detector.output(new Float32Array(3 * 48 * 48), 1)], counted(16));
  const { map, mapHeight, mapWidth } = detector.propose(new Float32Array(3 * 16 * 20), 16, 20);
  assert.deepEqual([mapHeight, mapWidth, map[0], map.at(-1)], [3, 5, 1, 6]);
  detector.dispose();
});

test("loadDetector() tells a folder of neither weights, of both, a missing one and a file apart", async () => {
  const both = await weightsFolder("both", tensors());
  const file = join(both, "det1.npy");
  await writeFile(file, "");
  await assertRefused(
    both,
    /expected either det1\.npy, det2\.npy, det3\.npy .*detector\.safetensors, got both/,
  );
  const neither = join(folder, "neither");
  await mkdir(neither);
  await writeFile(join(neither, "det.npy"), "");
  await assertRefused(neither, /neither: expected either .*got neither$/);
  await assertRefused(join(folder, "absent"), /weights in .*absent: ENOENT/);
  await assertRefused(file, /ENOTDIR/);
});

test("loadDetector() refuses damaged weights and those of other nets, and names file and tensor", async () => {
  const refused = async (name: string, content: Uint8Array | readonly NamedTensor[], message: RegExp) =>
    assertRefused(await weightsFolder(name, content), message);
  const whole = encoded(tensors());
  for (const length of [0, 7, 100, whole.length - 1]) {
    await refused("cut", whole.subarray(0, length), /cut.detector\.safetensors as safetensors: expected/);
  }
  const lost = tensors().filter(({ name }) => name !== "onet.faces.weight");
  await refused(
    "lost",
    lost,
    /lost.detector\.safetensors: expected a tensor onet\.faces\.weight of shape \[16,\d+\], got none/,
  );
  const other = tensors().map((tensor) =>
    tensor.name === "rnet.faces.bias" ? { ...tensor, shape: [2, 3] } : tensor,
  );
  await refused("other", other, /expected a tensor rnet\.faces\.bias of shape \[6\], got \[2,3\]/);
  const strange = [...tensors(), { name: "onet.more", shape: [1], data: Float32Array.of(1) }];
  await refused("strange", strange, /expected only the nets' tensors, got onet\.more/);
  const broken = tensors();
  broken[0].data[3] = Number.NaN;
  await refused("broken", broken, /expected finite numbers in pnet\.conv1\.weight, got NaN/);
});

test("loadDetector() without a folder takes those of @amface/weights: float16, under 2 MB", async () => {
  const detector = await loadDetector();
  assert.equal(detector.name, "amface");
  detector.dispose();
  const { bytes } = await readWeights("detector");
  assert.equal(detector.weightsSha256, createHash("sha256").update(bytes).digest("hex"));
  assert.ok(bytes.length < 2e6, `${bytes.length} bytes`);
  const length = Number(Buffer.from(bytes).readBigUInt64LE());
  const header = JSON.parse(
    Buffer.from(bytes)
      .subarray(8, 8 + length)
      .toString(),
  );
  for (const [name, { dtype }] of Object.entries<{ dtype?: string }>(header)) {
    if (name !== "__metadata__") assert.equal(dtype, "F16", name);
  }
});

test("loadDetector() refuses a number of threads that makes no sense, with a folder and without", async () => {
  for (const threads of [0, -1, 1.5, Number.NaN]) {
    await assert.rejects(loadDetector({ threads }), RangeError);
    await assert.rejects(loadDetector(folder, { threads }), RangeError);
  }
});

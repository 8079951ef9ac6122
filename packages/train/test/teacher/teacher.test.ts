import assert from "node:assert/strict";
import { cp, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { generateFaces, identityFolder, packShards } from "@amface/data";
import { mirrorImage, readImage, writePng } from "@amface/images";
import { createNet, loadNet, readSafetensors, saveNet } from "@amface/nets";
import { embedFiles, type RunObserver, type TrainBatch, type TrainConfigInput, train } from "@amface/train";
import type * as tf from "@tensorflow/tfjs-core";
import { writeBundle } from "../../../nets/test/files/tensorflow/bundle-writer.ts";
import { scratch, tinyFaces, tinyRun } from "../tiny-faces.ts";

const D = 4;

let dir: string;
let remove: () => Promise<void>;
let teacher: string;
let config: TrainConfigInput;
before(async () => {
  ({ dir, remove, config } = await tinyRun(4, 5, {
    maxSteps: 6,
    epochSize: 4,
    learningRate: 0.01,
    tensorboard: false,
    seed: 5,
  }));
  teacher = await savedNet(join(dir, "teacher.safetensors"), {
    imageSize: [16, 16],
    embeddingSize: D,
    seed: 7,
  });
  const unlabelledDir = join(dir, "unlabelled");
  await tinyFaces(unlabelledDir, 2, 7);
  config = { ...config, teacher, unlabelledDir, unlabelledBatchSize: 6 };
});
after(() => remove());

async function savedNet(path: string, options: Parameters<typeof createNet>[1]): Promise<string> {
  const net = createNet("resface-small", options);
  await saveNet(net, path);
  net.model.dispose();
  return path;
}

/** A run without photos without labels. */
const alone = { unlabelledDir: undefined, unlabelledBatchSize: undefined };

const tensors = async (path: string) => [...(await readSafetensors(path)).tensors.values()];
const caches = async (folder: string) =>
  (await readdir(folder)).filter((name) => name.startsWith("teacher-"));
const run = (name: string, more: Partial<TrainConfigInput>, options: object = {}) =>
  train({ ...config, ...more }, { runDir: join(dir, name), ...options });

interface Seen {
  readonly sources: string[];
  readonly labels: number[];
  readonly teacher: number[][];
  readonly images: number;
}

/** What the batches of a run hold. */
function watcher(): RunObserver & { readonly seen: Seen[] } {
  const seen: Seen[] = [];
  return {
    name: "watcher",
    seen,
    onStep(_, batch) {
      const { images, labels, sources, teacher } = batch as typeof batch & TrainBatch;
      seen.push({
        sources: sources(),
        labels: [...labels.dataSync()],
        teacher: (teacher as tf.Tensor2D).arraySync(),
        images: images.shape[0],
      });
    },
  };
}

/** The teacher's embeddings of a file: the mean of crop and mirrored crop, of length 1. */
async function expectedOf(paths: readonly string[]): Promise<number[][]> {
  const { net } = await loadNet(teacher);
  const { data } = await embedFiles(net, paths, { flip: "sum" });
  net.model.dispose();
  return paths.map((_, i) => {
    const row = [...data.subarray(i * D, (i + 1) * D)];
    return row.map((value) => value / Math.hypot(...row));
  });
}

function assertClose(got: number[][], expected: number[][]): void {
  assert.equal(got.length, expected.length);
  for (const [i, row] of got.entries()) {
    const apart = row.map((value, d) => Math.abs(value - expected[i][d]));
    assert.ok(Math.max(...apart) < 1e-5, `${i}: ${row}, ${expected[i]}`);
  }
}

test("a student comes nearer to its teacher on generated faces, by the teacher alone too", {
  timeout: 120_000,
}, async () => {
  const faces = await scratch();
  const dataDir = join(faces.dir, "faces");
  await generateFaces(dataDir, { identities: 6, photos: 8, size: 32, seed: 3 });
  const other = join(faces.dir, "teacher.safetensors");
  const size = { imageSize: [32, 32] as [number, number], embeddingSize: 16 };
  await savedNet(other, { ...size, seed: 9 });
  const epochs: number[] = [];
  const student: TrainConfigInput = {
    ...{
      dataDir,
      net: "resface-small",
      ...size,
      batchSize: 16,
      maxSteps: 40,
      epochSize: 10,
      tensorboard: false,
    },
    ...{
      optimizer: "adam",
      learningRate: 0.003,
      schedule: { type: "cosine" },
      teacher: other,
      lossWeight: 0,
      seed: 1,
    },
  };
  const onEpoch = ({ teacherCosine }: { teacherCosine?: number }) =>
    void epochs.push(teacherCosine ?? Number.NaN);
  const summary = await train(student, { runDir: join(faces.dir, "run"), onEpoch });
  assert.equal(epochs.length, 4);
  assert.ok(epochs[3] > epochs[0] + 0.2, `${epochs}`);
  assert.equal(summary.teacherCosine, epochs[3]);
  // And so do its embeddings in inference, by the saved model.
  const { net } = await loadNet(summary.model as string);
  const { net: taught } = await loadNet(other);
  const { files } = await identityFolder(dataDir);
  const paths = files.map(({ path }) => path);
  const [a, b] = [await embedFiles(net, paths), await embedFiles(taught, paths)];
  const cosines = paths.map((_, i) => {
    const rows = [a, b].map(({ data, size }) => [...data.subarray(i * size, (i + 1) * size)]);
    const dot = rows[0].reduce((sum, value, d) => sum + value * rows[1][d], 0);
    return dot / Math.hypot(...rows[0]) / Math.hypot(...rows[1]);
  });
  const mean = cosines.reduce((sum, value) => sum + value / cosines.length, 0);
  assert.ok(mean > epochs[0] + 0.1, `${mean}, ${epochs}`);
  net.model.dispose();
  taught.model.dispose();
  await faces.remove();
});

test("batches hold labelled photos first, then as many without labels as asked for, each with the teacher's embedding of the unchanged crop", {
  timeout: 60_000,
}, async () => {
  const watched = watcher();
  const augment = { maskProb: 1, brightness: 0.5, cropJitter: 3, lowResAugmentationProb: 1, cutout: 0.4 };
  await run("watched", { augment, maxSteps: 4 }, { observers: [watched] });
  assert.equal(watched.seen.length, 4);
  for (const { sources, labels, teacher, images } of watched.seen) {
    assert.deepEqual([labels.length, images, sources.length], [4, 10, 10]);
    assert.ok(sources.slice(0, 4).every((path) => path.startsWith(config.dataDir)));
    assert.ok(sources.slice(4).every((path) => path.startsWith(config.unlabelledDir as string)));
    assertClose(teacher, await expectedOf(sources));
  }
  // 14 photos are two batches of 6: in a pass none comes twice.
  for (const at of [0, 2]) {
    const pass = watched.seen.slice(at, at + 2).flatMap(({ sources }) => sources.slice(4));
    assert.equal(new Set(pass).size, 12);
  }
});

test("a mirrored photo has its photo's embedding", { timeout: 60_000 }, async () => {
  const [photo] = (await identityFolder(config.dataDir)).files;
  const mirrored = join(dir, "mirrored.png");
  await writePng(mirrored, mirrorImage(await readImage(photo.path)));
  const [a, b] = await expectedOf([photo.path, mirrored]);
  assertClose([a], [b]);
});

test("a run with a teacher resumes bit for bit, from folders and shards, balanced, augmented and in parts", {
  timeout: 120_000,
}, async () => {
  const shards = { data: join(dir, "shards"), unlabelled: join(dir, "unlabelled-shards") };
  await packShards(config.dataDir, shards.data, { shardSize: 6 });
  await packShards(config.unlabelledDir as string, shards.unlabelled, { shardSize: 6 });
  const changed: Partial<TrainConfigInput> = {
    balance: { identities: 2, photos: 2 },
    augment: { cropJitter: 1, brightness: 0.3 },
    accumulateSteps: 2,
    teacherLoss: "smooth-l1",
    emaDecay: 0.9,
  };
  const places = {
    folders: {},
    shards: { dataDir: shards.data, unlabelledDir: shards.unlabelled },
  };
  for (const [name, where] of Object.entries(places)) {
    const watched = watcher();
    const whole = await run(`${name}-whole`, { ...changed, ...where }, { observers: [watched] });
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }) => void (step === 3 && stop.abort());
    await run(`${name}-halves`, { ...changed, ...where }, { onStep, signal: stop.signal });
    const again = watcher();
    const resumed = await run(
      `${name}-halves`,
      { ...changed, ...where },
      { resume: true, observers: [again] },
    );
    assert.deepEqual(await tensors(resumed.checkpoint), await tensors(whole.checkpoint));
    assert.deepEqual(again.seen, watched.seen.slice(3));
  }
});

test("the teacher's embeddings are computed once, and again where they are damaged or photos changed", {
  timeout: 60_000,
}, async () => {
  const dataDir = join(dir, "changing");
  await cp(config.dataDir, dataDir, { recursive: true });
  const teacherCache = join(dir, "cache");
  const warnings: string[] = [];
  const embedded = async (name: string, more: Partial<TrainConfigInput> = {}) => {
    let photos = 0;
    await run(
      name,
      {
        dataDir,
        teacherCache,
        unlabelledDir: undefined,
        unlabelledBatchSize: undefined,
        maxSteps: 1,
        ...more,
      },
      {
        onTeacher: (done: number) => {
          photos = done;
        },
        onWarning: (text: string) => void warnings.push(text),
      },
    );
    return photos;
  };
  assert.equal(await embedded("first"), 20);
  assert.deepEqual(await caches(join(dir, "first")), []);
  const [file] = await caches(teacherCache);
  const bytes = await readFile(join(teacherCache, file));
  // Whom a run leaves out is all the same to them, and so is where the photos lie.
  await rename(dataDir, `${dataDir}-moved`);
  const excludeFile = join(dir, "excluded.txt");
  await writeFile(excludeFile, "person0/0\n");
  assert.equal(await embedded("moved", { dataDir: `${dataDir}-moved`, excludeFile }), 0);
  await rename(`${dataDir}-moved`, dataDir);
  const damaged = Buffer.from(bytes);
  damaged[damaged.length - 3] ^= 1;
  await writeFile(join(teacherCache, file), damaged);
  assert.equal(await embedded("damaged"), 20);
  assert.match(
    warnings.join(),
    /teacher-\w+\.safetensors: expected the teacher's embeddings as they were written/,
  );
  assert.deepEqual(await readFile(join(teacherCache, file)), bytes);
  await writePng(join(dataDir, "person0", "0.png"), {
    data: new Uint8Array(16 * 16 * 3),
    width: 16,
    height: 16,
  });
  assert.equal(await embedded("changed"), 20);
  assert.equal((await caches(teacherCache)).length, 2);
  assert.equal((await caches(teacherCache)).filter((name) => name === file).length, 1);
});

test("a photo that the teacher could not read is left out of its embeddings, and the run goes on", {
  timeout: 60_000,
}, async () => {
  const dataDir = join(dir, "unreadable");
  await cp(config.dataDir, dataDir, { recursive: true });
  await writeFile(join(dataDir, "person1", "2.png"), "no picture");
  const skipped = new Set<string>();
  const watched = watcher();
  const onSkip = ({ path }: { path: string }) => void skipped.add(path);
  const { finished } = await run("unreadable-run", { dataDir }, { onSkip, observers: [watched] });
  assert.ok(finished);
  assert.deepEqual([...skipped], [join(dataDir, "person1", "2.png")]);
  for (const { sources } of watched.seen) assert.ok(!sources.includes(join(dataDir, "person1", "2.png")));
});

test("a finished run is a teacher, and the model says by whom it was taught", {
  timeout: 60_000,
}, async () => {
  await run("first-teacher", { ...alone, maxSteps: 1, teacher: undefined });
  const { model } = await run("second", {
    ...alone,
    maxSteps: 1,
    teacher: join(dir, "first-teacher"),
    lossWeight: 0.5,
  });
  const { metadata } = await readSafetensors(model as string);
  const { lossWeight, teacher: by } = JSON.parse(metadata.loss);
  assert.deepEqual([lossWeight, by.teacherLoss, by.teacherWeight], [0.5, "cosine", 30]);
  assert.match(by.sha256, /^[0-9a-f]{64}$/);
  assert.ok(!metadata.training.includes(dir), metadata.training);
});

test("train() refuses a teacher that does not go with the net, the photos or the run to resume", {
  timeout: 120_000,
}, async () => {
  const refuse = (name: string, more: Partial<TrainConfigInput>, error: string, message: RegExp) =>
    assert.rejects(run(name, more), { name: error, message });
  await refuse(
    "none",
    { teacher: join(dir, "nobody") },
    "ConfigError",
    /the teacher .*nobody: expected a saved/,
  );
  const wide = await savedNet(join(dir, "wide.safetensors"), { imageSize: [16, 16], embeddingSize: 8 });
  await refuse(
    "wide",
    { teacher: wide },
    "ConfigError",
    /expected embeddings of 4 values .*, got 8; set embeddingSize to 8/,
  );
  const large = await savedNet(join(dir, "large.safetensors"), { imageSize: [32, 32], embeddingSize: D });
  await refuse("large", { teacher: large }, "ConfigError", /expected images of 16x16 .*, got 32x32/);
  await refuse("many", { unlabelledBatchSize: 20 }, "RangeError", /expected 20 photos .* or more, got 14/);
  const foreign = join(dir, "foreign.safetensors");
  await writeFile(foreign, "weights");
  await refuse("foreign", { teacher: foreign }, "ConfigError", /name the net \(teacherNet\)/);

  // TensorFlow's checkpoint is known by its prefix: it is found, and lacks the net's variables.
  const prefix = join(dir, "model.ckpt-7");
  const bundle = writeBundle([{ name: "Resface/a", shape: [2], data: Float32Array.of(1, 2) }]);
  await writeFile(`${prefix}.index`, bundle.index);
  await writeFile(`${prefix}.data-00000-of-00001`, bundle.data[0]);
  await refuse("tf", { teacher: prefix, teacherNet: "resface20" }, "ConfigError", /ckpt-7: .*Resface/s);

  await run("resumed", { maxSteps: 1 });
  const resume = (more: Partial<TrainConfigInput>) =>
    run("resumed", { maxSteps: 2, ...more }, { resume: true });
  const copy = join(dir, "copy.safetensors");
  await cp(teacher, copy);
  const other = await savedNet(join(dir, "other.safetensors"), {
    imageSize: [16, 16],
    embeddingSize: D,
    seed: 8,
  });
  await assert.rejects(resume({ teacher: other }), {
    name: "CheckpointError",
    message: /expected a teacher of SHA-256/,
  });
  await assert.rejects(resume({ ...alone, teacher: undefined }), { name: "CheckpointError" });
  await assert.rejects(resume({ teacherWeight: 3 }), {
    name: "ConfigError",
    message: /teacherWeight to be 30/,
  });
  assert.equal((await resume({ teacher: copy })).steps, 2);
});

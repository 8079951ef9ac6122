/**
 * The engine `tensorflow:cpu` on real TensorFlow, beside `onnx:cpu`. It runs where `@tensorflow/tfjs-node` is installed;
 * where its install script cannot download libtensorflow, `bash test/real-tensorflow.sh` builds it.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { generateFaces } from "@amface/data";
import { passed, runSpecs } from "../packages/tfjs-backend-onnx/test/conformance/spec-process.ts";
import type { StepsOn } from "./programs/steps-on.ts";
import { slow } from "./slow.ts";

const ROOT = join(import.meta.dirname, "..");
const ENGINES = ["onnx:cpu", "tensorflow:cpu"] as const;
const options = { skip: reasonToSkip(), timeout: 280_000 };

function reasonToSkip(): string | false {
  if (!slow()) return "slow: run with AMFACE_SLOW=1";
  if (!process.versions.bun) return "starts programs with Bun";
  try {
    createRequire(join(ROOT, "packages/engine/src/mod.ts")).resolve("@tensorflow/tfjs-node");
    return false;
  } catch {
    return "needs @tensorflow/tfjs-node: bash test/real-tensorflow.sh";
  }
}

/** What specs say where tfjs-node has no kernel, no NCHW or no padding but `same` and `valid`. */
const MISSING =
  /not registered for backend|does not support dataFormat|supports only 'valid' and 'same' padding/;

/** Standard output of a program of this repository. */
function run(program: string, ...args: string[]): string {
  const command = ["--conditions=@amface/source", join(ROOT, program), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout;
}
const amface = (...args: string[]) =>
  JSON.parse(run("packages/cli/src/main.ts", ...args, "--json", "--quiet"));
const stepsOn = (engine: string, net: string, ...args: string[]): StepsOn =>
  JSON.parse(run("test/programs/steps-on.ts", "--engine", engine, "--net", net, ...args));

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-tensorflow-"));
});
after(() => rm(dir, { recursive: true }));

test("doctor finds that tensorflow:cpu works and trains", options, () => {
  const { engines } = amface("doctor") as { engines: { name: string; device: string; works: boolean }[] };
  const found = engines.find(({ name, device }) => name === "tensorflow" && device === "cpu");
  assert.deepEqual([found?.works], [true], JSON.stringify(found));
});

for (const net of ["resface20", "lresnet50e-ir"]) {
  test(`20 steps of ${net} on TensorFlow lose what they lose on onnx to a thousandth`, options, () => {
    // At larger rates rounding grows: a millionth more in each pixel then moves onnx's own losses as far as TensorFlow's.
    const [onnx, tensorflow] = ENGINES.map(
      (engine) => stepsOn(engine, net, "--learning-rate", "1e-6", "--batch-size", "8").losses,
    );
    assert.ok(onnx[16] < onnx[0] - 0.2, `the same batch did not improve: ${onnx}`);
    const differences = onnx.map((loss, i) => Math.abs(tensorflow[i] - loss) / loss);
    console.log(
      `${net}: losses of 20 steps differ by up to ${Math.max(...differences).toExponential(1)} of them`,
    );
    assert.ok(Math.max(...differences) < 1e-3, `${differences}`);
  });
}

test("200 steps on TensorFlow leave no tensor behind, and memory where it was", options, () => {
  const { tensors, bytes, resident } = stepsOn("tensorflow:cpu", "resface-small", "--steps", "200");
  assert.deepEqual([tensors[199], bytes[199]], [tensors[1], bytes[1]]);
  const growth = (resident[199] - resident[99]) / 2 ** 20;
  assert.ok(growth < 50, `${growth.toFixed(0)} MiB more after 200 steps than after 100`);
});

test("a run goes on from a checkpoint of the other engine as from its own", options, async () => {
  const dataDir = join(dir, "faces");
  await generateFaces(dataDir, { identities: 4, photos: 6, size: 32, seed: 3 });
  const train = (engine: string, ...args: string[]) => amface("train", "--engine", engine, ...args);
  const losses = async (runDir: string) => {
    const lines = (await readFile(join(dir, runDir, "metrics.jsonl"), "utf8")).trimEnd().split("\n");
    return lines.map((line) => (JSON.parse(line) as { loss: number }).loss);
  };
  const config = [
    ...["--data-dir", dataDir, "--net", "resface-small", "--image-size", "32,32", "--batch-size", "8"],
    // With some seeds an argument of a PReLU comes so close to 0 that engines see it on different sides, and part.
    ...["--learning-rate", "1e-4", "--keep-probability", "0.5", "--seed", "2"],
  ];
  train("onnx:cpu", "--run-dir", join(dir, "straight"), ...config, "--max-steps", "12");
  const straight = await losses("straight");
  for (const [first, second] of [ENGINES, ENGINES.toReversed()]) {
    const name = `from-${first.split(":")[0]}`;
    train(first, "--run-dir", join(dir, name), ...config, "--max-steps", "6");
    const { engine } = train(second, "--resume", join(dir, name), "--max-steps", "12");
    assert.equal(engine, second);
    const crossed = await losses(name);
    assert.equal(crossed.length, 12);
    for (const [i, loss] of straight.entries()) {
      assert.ok(
        Math.abs(crossed[i] - loss) < 1e-3 * loss,
        `${name}, step ${i + 1}: ${crossed[i]}, straight ${loss}`,
      );
    }
  }
});

test("TensorFlow.js's own specs pass on TensorFlow where its package has the kernel", options, async () => {
  const [cpu, tensorflow] = await Promise.all([runSpecs("cpu"), runSpecs("tensorflow")]);
  const onCpu = passed(cpu);
  const failures = onCpu.filter((name) => tensorflow.specs[name] !== "passed");
  const missing = failures.filter((name) => MISSING.test(tensorflow.specs[name]));
  console.log(
    `conformance: cpu passes ${onCpu.length} specs and tensorflow ${onCpu.length - failures.length} of them; ` +
      `${missing.length} of the others need what the package has not`,
  );
  // Most of the rest expect an error in the words of tfjs's JavaScript, or one where TensorFlow gives a value.
  assert.ok(failures.length - missing.length <= 30, failures.join("\n"));
});

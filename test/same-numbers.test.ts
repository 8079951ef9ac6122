import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { alignFace, chooseFace, detectFaces, loadDetector } from "@amface/align";
import { generateFaces, renderFace } from "@amface/data";
import { useEngine } from "@amface/engine";
import {
  jupyterEnvironment,
  type Notebook,
  NotebookError,
  type Row,
  renderTable,
  runNotebook,
} from "@amface/notebook";
import { toySphere } from "@amface/train";
import { withoutNode } from "./node-there.ts";
import { slow } from "./slow.ts";

const root = join(import.meta.dirname, "..");
const fixture = join(root, "packages/notebook/test/fixtures/training.ipynb");
const skip = slow() ? withoutNode() : "slow: run with AMFACE_SLOW=1";

/** In the repository, so that the cells find its packages. */
let dir: string;
before(() => {
  mkdirSync(join(root, "runs"), { recursive: true });
  dir = mkdtempSync(join(root, "runs", "same-numbers-"));
});
after(() => rmSync(dir, { recursive: true }));

interface Numbers {
  readonly accuracy: number;
  readonly loss: number;
}

/** What the notebook's last cell printed. */
function printed(file: string): Numbers {
  const { cells } = JSON.parse(readFileSync(file, "utf8")) as Notebook;
  const [output] = cells.at(-1)!.outputs!;
  assert.equal(output.output_type, "stream");
  return JSON.parse((output as { text: string[] }).text.join(""));
}

test("one seed gives one accuracy and one loss from the command, a notebook headless, and Jupyter", {
  skip,
  timeout: 300_000,
}, async () => {
  const dataDir = join(dir, "faces");
  await generateFaces(dataDir, { identities: 4, photos: 8, seed: 3, size: 32 });
  const { output } = await runNotebook(fixture, {
    parameters: { dataDir, seed: 5, epochs: 6 },
    outputDir: join(dir, "headless"),
  });
  const headless = printed(output);
  assert.ok(headless.accuracy > 0.25 && headless.loss > 0);

  const command = spawnSync(
    "node",
    [
      ...[join(root, "packages/cli/dist/main.js"), "train", "--json", "--quiet", "--engine", "onnx"],
      ...["--data-dir", dataDir, "--run-dir", join(dir, "run"), "--net", "resface-small"],
      ...["--image-size", "32,32", "--batch-size", "8", "--max-nrof-epochs", "6", "--seed", "5"],
      ...["--learning-rate", "0.02"],
    ],
    { encoding: "utf8" },
  );
  assert.equal(command.status, 0, command.stderr);
  const { accuracy, loss } = JSON.parse(command.stdout) as Numbers;
  assert.deepEqual({ accuracy, loss }, headless);

  if (spawnSync("jupyter", ["nbconvert", "--version"]).status !== 0) {
    console.log("Jupyter was left out: needs jupyter nbconvert");
    return;
  }
  // The headless copy has the parameters in it.
  const args = ["nbconvert", "--to", "notebook", "--execute", output, "--output-dir", join(dir, "jupyter")];
  const jupyter = spawnSync("jupyter", args, { env: jupyterEnvironment(process.env), encoding: "utf8" });
  assert.equal(jupyter.status, 0, jupyter.stderr);
  assert.deepEqual(printed(join(dir, "jupyter", "training.ipynb")), headless);
});

test("the toy experiment gives a script the numbers that its notebook shows", {
  skip,
  timeout: 120_000,
}, async () => {
  const parameters = { people: 3, photos: 4, steps: 6, seed: 2 };
  const outputDir = join(dir, "sphere");
  const { output } = await runNotebook(join(root, "notebooks/02-am-softmax.ipynb"), {
    parameters,
    outputDir,
  }).catch((error: unknown) => {
    // So few steps need not bear out what the notebook asserts at its end.
    if (error instanceof NotebookError) return error;
    throw error;
  });
  await useEngine();
  const detector = await loadDetector();
  const faces = Array.from({ length: 12 }, (_, i) => {
    const { image } = renderFace(Math.floor(i / 4), i % 4, { seed: 2, size: 96 });
    return { image, face: chooseFace(detectFaces(detector, image), image), label: Math.floor(i / 4) };
  }).filter(({ face }) => face);
  detector.dispose();
  const crops = faces.map(({ image, face }) => alignFace(image, face!.landmarks, { height: 32, width: 28 }));
  const labels = faces.map(({ label }) => label);
  const rows: Row[] = [];
  for (const margin of [0, 0.1, 0.2, 0.3, 0.4, 0.5]) {
    const { accuracy, within, gap } = await toySphere({ crops, labels }, { margin, steps: 6, seed: 2 });
    rows.push({ m: margin, accuracy, "within °": within, "gap °": gap });
  }
  const { cells } = JSON.parse(readFileSync(output, "utf8")) as Notebook;
  const shown = cells.flatMap(({ outputs = [] }) =>
    outputs.flatMap((each) => ("data" in each ? [each.data] : [])),
  );
  assert.ok(
    shown.some((data) => data["text/plain"] === renderTable(rows).text),
    renderTable(rows).text,
  );
});

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { EventFile, train } from "@amface/train";
import { noReader, type ReadEvents, readEvents } from "../packages/train/test/tensorboard/read-events.ts";
import { tinyRun } from "../packages/train/test/tiny-faces.ts";
import { chromium, Page } from "./chromium.ts";
import { pythonWith } from "./python-with.ts";
import { slow } from "./slow.ts";
import { TensorBoard } from "./start-tensorboard.ts";

const python = slow() ? pythonWith("tensorboard") : undefined;
const skip = !slow()
  ? "slow: run with AMFACE_SLOW=1"
  : python
    ? noReader()
    : "needs a Python with TensorBoard, as AMFACE_PYTHON or as python3";

let logdir: string;
/** Another folder of runs, with options that differ. */
let others: string;
let remove: (() => Promise<void>) | undefined;
let written: ReadEvents["tags"];

before(
  async () => {
    if (skip) return;
    const tiny = await tinyRun(7, 4, {
      ...{ embeddingSize: 8, epochSize: 4, maxNrofEpochs: 2, learningRate: 0.02, histogramSteps: 4 },
      ...{ validationIdentities: 4, validationPairs: 16 },
    });
    remove = tiny.remove;
    logdir = join(tiny.dir, "run");
    others = join(tiny.dir, "others");
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }) => void (step === 5 && stop.abort());
    await train(tiny.config, { runDir: logdir, signal: stop.signal, onStep });
    await train(tiny.config, { runDir: logdir, resume: true });
    for (const [name, more] of Object.entries({
      a: { loss: "arcface" },
      b: { learningRate: 0.1 },
    } as const)) {
      const untilEpoch = name === "b" ? 1 : undefined;
      await train({ ...tiny.config, ...more }, { runDir: join(others, name), untilEpoch });
    }
    written = readEvents(join(logdir, "tensorboard")).tags;
    // A process that was killed: its steps 3 and 4 came after the last checkpoint, and are made again.
    for (const [last, factor] of [
      [0, 1],
      [2, 10],
    ]) {
      const events = await EventFile.open(join(logdir, "killed"), last);
      for (const step of [1, 2, 3, 4])
        await events.write(last + step, [{ tag: "loss", scalar: factor * step }]);
      await events.close();
    }
  },
  { timeout: 120_000 },
);
after(() => remove?.());

/** Tags whose values are of a kind, told by a field that only this kind has; scalars have none. */
const tagsWith = (field?: string) =>
  Object.keys(written)
    .filter((tag) => {
      const value = Object.values(written[tag])[0];
      return field === undefined ? typeof value === "number" : typeof value === "object" && field in value!;
    })
    .sort();
const stepsOf = <T>(tag: string) =>
  Object.entries(written[tag] as Record<string, T>).map(([step, value]) => [Number(step), value] as const);

for (const [reader, fast] of [
  ["its data server", true],
  ["its Python reader", false],
] as const) {
  test(`TensorBoard shows by ${reader} every scalar, histogram and picture that a run wrote, and a killed run's steps once`, {
    skip,
    timeout: 120_000,
  }, async () => {
    const board = await TensorBoard.start(python!, logdir, fast);
    const tags = async (plugin: string) =>
      Object.keys(((await board.get(`plugin/${plugin}/tags`)) as Record<string, object>).tensorboard).sort();
    const series = (plugin: string, tag: string, run = "tensorboard") =>
      board.get(`plugin/${plugin}/${plugin}`, { run, tag, sample: "0" });
    try {
      assert.deepEqual(((await board.get("runs")) as string[]).sort(), [
        "killed",
        "tensorboard",
        "tensorboard/hparams",
      ]);

      const scalars = tagsWith();
      assert.ok(scalars.length > 30 && scalars.includes("train/loss"), `${scalars}`);
      assert.deepEqual(await tags("scalars"), scalars);
      for (const tag of scalars) {
        const shown = (await series("scalars", tag)) as [time: number, step: number, value: number][];
        assert.deepEqual(
          shown.map(([, ...rest]) => rest),
          stepsOf<number>(tag),
          tag,
        );
      }
      const killed = (await series("scalars", "loss", "killed")) as [number, number, number][];
      assert.deepEqual(
        killed.map(([, step, value]) => [step, value]),
        KILLED,
      );

      const histograms = tagsWith("counts");
      assert.deepEqual(histograms, [
        "norms/gradients",
        "norms/weights",
        "theta/hardest other",
        "theta/target",
      ]);
      assert.deepEqual(await tags("histograms"), histograms);
      for (const tag of histograms) {
        const shown = (await series("histograms", tag)) as [number, number, number[][]][];
        assert.deepEqual(
          shown.map(([, ...rest]) => rest),
          stepsOf<Written>(tag).map((value) => toBuckets(value, fast ? (edge) => edge : Math.fround)),
          tag,
        );
        for (const [left, right] of shown.flatMap(([, , buckets]) => buckets)) assert.ok(left <= right, tag);
      }

      assert.deepEqual(await tags("images"), ["crops"]);
      const shown = (await series("images", "crops")) as { step: number; query: string }[];
      const sums: [number, string][] = [];
      for (const { step, query } of shown) {
        const png = await board.bytes("plugin/images/individualImage", { blob_key: query.slice(9) });
        sums.push([step, createHash("sha256").update(png).digest("hex")]);
      }
      assert.deepEqual(
        sums,
        stepsOf<{ sha256: string }>("crops").map(([step, { sha256 }]) => [step, sha256]),
      );
    } finally {
      await board.close();
    }
  });
}

test("TensorBoard's table of runs has a row a run with its options, those that differ first, and its scores", {
  skip,
  timeout: 120_000,
}, async () => {
  const board = await TensorBoard.start(python!, others, true);
  try {
    const { hparamInfos } = (await board.post("plugin/hparams/experiment", {})) as {
      hparamInfos: { name: string; differs: boolean }[];
    };
    const differing = hparamInfos.filter(({ differs }) => differs).map(({ name }) => name);
    assert.deepEqual(differing, ["learningRate", "loss", "margin", "scale"]);
    assert.deepEqual(
      hparamInfos.slice(0, 4).map(({ name }) => name),
      differing,
    );
    const { sessionGroups } = (await board.post("plugin/hparams/session_groups", {
      allowedStatuses: ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"],
      ...{ colParams: [], startIndex: 0, sliceSize: 10 },
    })) as { sessionGroups: Row[] };
    const rows = sessionGroups.map(({ name, hparams, metricValues, sessions }) => ({
      ...{ name, loss: hparams.loss, learningRate: hparams.learningRate, status: sessions[0].status },
      metrics: metricValues.map(({ name, trainingStep }) => [name.tag, trainingStep]),
    }));
    const metrics = (step: number) =>
      ["train/cross-entropy", "validation/AUC", "validation/accuracy"].map((tag) => [tag, step]);
    assert.deepEqual(
      rows.sort((a, b) => (a.name < b.name ? -1 : 1)),
      [
        ...[{ loss: "arcface", learningRate: 0.02, status: "STATUS_SUCCESS", metrics: metrics(8) }],
        ...[{ loss: "am-softmax", learningRate: 0.1, status: "STATUS_UNKNOWN", metrics: metrics(4) }],
      ].map((row, i) => ({ name: `${"ab"[i]}/tensorboard/hparams`, ...row })),
    );
  } finally {
    await board.close();
  }
});

interface Row {
  readonly name: string;
  readonly hparams: Readonly<Record<string, unknown>>;
  readonly metricValues: readonly {
    readonly name: { readonly tag: string };
    readonly trainingStep: number;
  }[];
  readonly sessions: readonly { readonly status: string }[];
}

const KILLED = [
  [1, 1],
  [2, 2],
  [3, 10],
  [4, 20],
  [5, 30],
  [6, 40],
];

interface Written {
  readonly min: number;
  readonly max: number;
  readonly limits: readonly number[];
  readonly counts: readonly number[];
}

/** Edges and counts of buckets as TensorBoard takes them from a histogram: the outer edges are the extremes. */
function toBuckets(
  [step, { min, max, limits, counts }]: readonly [number, Written],
  precision: (edge: number) => number,
) {
  const left = [min, ...limits.slice(0, -1)].map(precision);
  const right = [...limits.slice(0, -1), max].map(precision);
  return [step, counts.map((count, i) => [left[i], right[i], count])];
}

test("TensorBoard's page draws the run in Chromium", {
  skip: skip || (!chromium() && "needs Chromium"),
  timeout: 120_000,
}, async () => {
  const board = await TensorBoard.start(python!, logdir, true);
  const filter = encodeURIComponent("train/(loss|accuracy)|theta/target|crops");
  const page = await Page.open(`${board.url}/?tagFilter=${filter}`, { width: 1400, height: 1000 });
  try {
    // Each card says its tag in two parts; a histogram has an axis of steps, a curve is drawn on a canvas.
    const drawn = `["crops", "/target", "/accuracy", "/loss"].every((tag) => document.body.innerText.includes(tag))
      && [...document.images].some((image) => image.naturalWidth > 0)
      && document.querySelectorAll("tb-histogram path").length >= 3
      && document.querySelectorAll("line-chart canvas").length >= 2`;
    await page.evaluate(`new Promise((resolve) => {
      const wait = () => (${drawn} ? resolve() : setTimeout(wait, 100));
      wait();
    })`);
  } finally {
    await page.close();
    await board.close();
  }
});

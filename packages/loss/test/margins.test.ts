import assert from "node:assert/strict";
import { test } from "node:test";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";
import {
  adaFace,
  applyMargin,
  arcFace,
  combinedMargin,
  cosFace,
  crossEntropy,
  type Margin,
  magFace,
  magFacePenalty,
  marginLogits,
  normalisedSoftmaxLogits,
  softmaxLogits,
  sphereFace,
  sphereFaceLogits,
  updateNormStatistics,
} from "../src/mod.ts";
import { largestDifference, type Matrix, seededMatrix } from "./reference.ts";
import {
  gradientOf,
  logitsOf,
  lossOf,
  type MarginCase,
  REFERENCE,
  type ReferenceLoss,
} from "./reference-margins.ts";

type Logits = (x: tf.Tensor2D, head: tf.Tensor2D, labels: tf.Tensor1D) => tf.Tensor2D;

interface Case {
  readonly title: string;
  readonly logits: Logits;
  readonly reference: ReferenceLoss;
}

const scaled =
  (scale: number, margin: () => Margin): Logits =>
  (x, head, labels) =>
    marginLogits(x, head, labels, { margin: margin(), scale });
const STATISTICS = [1.5, 0.4] as const;
const LENGTHS = { lowerLength: 0.5, upperLength: 2.5, lowerMargin: 0.3, upperMargin: 1.1 };

const CASES: readonly Case[] = [
  {
    title: "softmax",
    logits: (x, w) => softmaxLogits(x, w),
    reference: { margin: REFERENCE.none, scale: "plain" },
  },
  {
    title: "normalised softmax, s 16",
    logits: (x, w) => normalisedSoftmaxLogits(x, w, 16),
    reference: { margin: REFERENCE.none, scale: 16 },
  },
  ...[1, 30, 64].map((scale) => ({
    title: `CosFace, m 0.35, s ${scale}`,
    logits: scaled(scale, () => cosFace(0.35)),
    reference: { margin: REFERENCE.cosFace(0.35), scale },
  })),
  ...[0.5, 1.2].flatMap((m) => [
    {
      title: `ArcFace, m ${m}, s 64`,
      logits: scaled(64, () => arcFace(m)),
      reference: { margin: REFERENCE.arcFace(m), scale: 64 },
    },
    {
      title: `ArcFace, easy, m ${m}, s 64`,
      logits: scaled(64, () => arcFace(m, { fallback: "easy" })),
      reference: { margin: REFERENCE.arcFaceEasy(m), scale: 64 },
    },
  ]),
  ...[1, 2, 3, 4].flatMap((m) =>
    [0, 5].map((lambda) => ({
      title: `SphereFace, m ${m}, λ ${lambda}`,
      logits: ((x, w, labels) => sphereFaceLogits(x, w, labels, { margin: m, annealing: lambda })) as Logits,
      reference: { margin: REFERENCE.sphereFace(m, lambda), scale: "length" as const },
    })),
  ),
  {
    title: "combined margins 1, 0.3, 0.2, s 64",
    logits: scaled(64, () => combinedMargin({ add: 0.3, subtract: 0.2 })),
    reference: { margin: REFERENCE.combined(1, 0.3, 0.2), scale: 64 },
  },
  {
    title: "combined margins 1.6, 0.4, 0.1, s 30",
    logits: scaled(30, () => combinedMargin({ multiply: 1.6, add: 0.4, subtract: 0.1 })),
    reference: { margin: REFERENCE.combined(1.6, 0.4, 0.1), scale: 30 },
  },
  {
    title: "AdaFace, m 0.4, h 0.333, s 64",
    logits: scaled(64, () => adaFace({ statistics: tf.tensor1d([...STATISTICS]) })),
    reference: { margin: REFERENCE.adaFace(0.4, 0.333, ...STATISTICS), scale: 64, lengths: "still" },
  },
  {
    title: "MagFace, lengths 0.5 to 2.5, m 0.3 to 1.1, s 64",
    logits: scaled(64, () => magFace(LENGTHS)),
    reference: { margin: REFERENCE.magFace(LENGTHS), scale: 64 },
  },
];

/** Logits, loss and gradients by the tensor code. */
function computed({ embeddings, head, labels }: MarginCase, logits: Logits) {
  return tf.tidy(() => {
    const [x, w] = [tf.tensor2d(embeddings), tf.tensor2d(head)];
    const y = tf.tensor1d([...labels], "int32");
    const { value, grads } = tf.valueAndGrads((x: tf.Tensor, w: tf.Tensor) =>
      crossEntropy(logits(x as tf.Tensor2D, w as tf.Tensor2D, y), y),
    )([x, w]);
    return {
      logits: logits(x, w, y).arraySync(),
      loss: value.dataSync()[0],
      embeddings: grads[0].arraySync() as Matrix,
      head: grads[1].arraySync() as Matrix,
    };
  });
}

/** Embeddings towards their own identities, across them and away from them: angles from 0.3 to 2.9. */
function spread(rows: number): MarginCase {
  const [head, noise] = [seededMatrix(8, 7, 2), seededMatrix(rows, 8, 1)];
  const labels = Array.from({ length: rows }, (_, b) => (3 * b) % 7);
  const embeddings = noise.map((row, b) => {
    const towards = [1.4, -1.4, 0.3, -0.3, 0][b % 5];
    return row.map((value, d) => 0.4 * value + towards * head[d][labels[b]]);
  });
  return { embeddings, head, labels };
}

/** With `AMFACE_TABLE=1`: a row of the table of differences, each over the scale. */
function printRow(title: string, backend: string, rows: number, report: Record<string, number>): void {
  const numbers = Object.values(report).map((difference) => difference.toExponential(1));
  console.log(`| ${title} | ${backend} | ${rows} | ${numbers.join(" | ")} |`);
}

for (const backend of ["cpu", "onnx"]) {
  for (const { title, logits, reference } of CASES) {
    test(`${title} on ${backend} equals float64 and finite differences`, async () => {
      await tf.setBackend(backend);
      for (const rows of [1, 10]) {
        const given = spread(rows);
        const got = computed(given, logits);
        const expected = logitsOf(given, reference, given);
        const scale = typeof reference.scale === "number" ? reference.scale : 4;
        const report = {
          logits: largestDifference(got.logits, expected) / scale,
          loss: Math.abs(got.loss - lossOf(given, reference)) / scale,
          embeddings: largestDifference(got.embeddings, gradientOf(given, reference, "embeddings")) / scale,
          head: largestDifference(got.head, gradientOf(given, reference, "head")) / scale,
        };
        if (process.env.AMFACE_TABLE) printRow(title, backend, rows, report);
        for (const [what, difference] of Object.entries(report)) {
          assert.ok(difference < 2e-6, `${what} of ${rows} rows differs by ${difference} of the scale`);
        }
      }
    });
  }
}

const MARGINS: readonly (readonly [string, Margin, (theta: number) => number])[] = [
  ["cosFace", cosFace(0.35), REFERENCE.cosFace(0.35)],
  ["arcFace", arcFace(0.5), REFERENCE.arcFace(0.5)],
  ["arcFace, easy", arcFace(0.5, { fallback: "easy" }), REFERENCE.arcFaceEasy(0.5)],
  ["sphereFace", sphereFace(4), REFERENCE.sphereFace(4, 0)],
  [
    "combinedMargin",
    combinedMargin({ multiply: 1.5, add: 0.3, subtract: 0.1 }),
    REFERENCE.combined(1.5, 0.3, 0.1),
  ],
];

for (const [name, margin, reference] of MARGINS) {
  test(`${name} is right at cosθ = ±1 and anywhere between, and its slope is finite`, async () => {
    await tf.setBackend("cpu");
    const cosines = [1, 1 - 2 ** -23, 0.999, 0.7, 0.01, 0, -0.3, -0.8, -0.9, -0.999, -1 + 2 ** -23, -1];
    const { values, slopes } = tf.tidy(() => {
      const { cosine_B, slope_B } = margin(tf.tensor1d(cosines));
      return { values: cosine_B.dataSync(), slopes: slope_B?.dataSync() ?? cosines.map(() => 1) };
    });
    cosines.forEach((cosine, i) => {
      const theta = Math.acos(Math.fround(cosine));
      assert.ok(
        Math.abs(values[i] - reference(theta)) < 3e-6,
        `${cosine}: ${values[i]}, ${reference(theta)}`,
      );
      assert.ok(Number.isFinite(slopes[i]) && slopes[i] >= 0, `slope at ${cosine}: ${slopes[i]}`);
      if (Math.abs(cosine) > 0.9995 || (name === "arcFace, easy" && cosine === 0)) return;
      const d = 1e-6;
      const slope = (reference(Math.acos(cosine + d)) - reference(Math.acos(cosine - d))) / (2 * d);
      assert.ok(
        Math.abs(slopes[i] - slope) < 1e-3 * (1 + Math.abs(slope)),
        `slope at ${cosine}: ${slopes[i]}, ${slope}`,
      );
    });
  });

  test(`${name} trains from embeddings on and opposite to their identity at s 64 without a number that is not finite`, async () => {
    await tf.setBackend("onnx");
    const head = [
      [1, -1, 0],
      [0, 0, 1],
    ];
    const embeddings = [
      [1, 0],
      [-1, 0],
      [0, 0],
      [1e-20, 0],
      [3, 1e-7],
    ];
    const got = computed(
      { embeddings, head, labels: [0, 0, 2, 1, 0] },
      scaled(64, () => margin),
    );
    for (const values of [got.logits, got.embeddings, got.head])
      assert.ok(values.flat().every(Number.isFinite));
    assert.ok(Number.isFinite(got.loss));
  });

  test(`${name} with one identity has the loss 0 and no gradient`, async () => {
    await tf.setBackend("onnx");
    const given = {
      embeddings: [
        [1, 2],
        [-1, 0.5],
      ],
      head: [[1], [0.3]],
      labels: [0, 0],
    };
    const got = computed(
      given,
      scaled(64, () => margin),
    );
    assert.ok(Math.abs(got.loss) < 1e-12);
    assert.ok([...got.embeddings, ...got.head].flat().every((value) => Math.abs(value) < 1e-12));
  });
}

test("marginLogits() refuses labels out of range, before anything is computed", async () => {
  for (const backend of ["cpu", "onnx"]) {
    await tf.setBackend(backend);
    for (const label of [-1, 3]) {
      tf.tidy(() => {
        const [x, w] = [tf.ones([2, 4]) as tf.Tensor2D, tf.ones([4, 3]) as tf.Tensor2D];
        const labels = tf.tensor1d([0, label], "int32");
        assert.throws(() => marginLogits(x, w, labels, { margin: arcFace(0.5), scale: 64 }), {
          name: "RangeError",
          message: `Cannot apply margin to labels: expected each in 0..2, got ${label} in row 1`,
        });
      });
    }
  }
});

test("100,000 identities take no matrix of ones and zeros", async () => {
  await tf.setBackend("cpu");
  const [B, D, N] = [4, 2, 100_000];
  const x = tf.randomNormal<tf.Rank.R2>([B, D], 0, 1, "float32", 1);
  const head = tf.randomNormal<tf.Rank.R2>([D, N], 0, 1, "float32", 2);
  const labels = tf.tensor1d([0, 99_999, 5, 5], "int32");
  const { kernels } = await tf.profile(() => {
    tf.tidy(() => {
      const loss = (x: tf.Tensor, w: tf.Tensor) =>
        crossEntropy(
          marginLogits(x as tf.Tensor2D, w as tf.Tensor2D, labels, { margin: arcFace(0.5), scale: 64 }),
          labels,
        );
      const { value, grads } = tf.valueAndGrads(loss)([x, head]);
      assert.ok(Number.isFinite(value.dataSync()[0]));
      assert.ok(grads[1].dataSync().every(Number.isFinite));
    });
  });
  assert.ok(!kernels.some(({ name }) => name === "OneHot"));
  tf.dispose([x, head, labels]);
});

test("margins say what they expected", () => {
  const fails = (call: () => unknown, message: RegExp) =>
    assert.throws(call, { name: "RangeError", message });
  fails(() => cosFace(-0.1), /Cannot apply margin: expected a number of 0 or more, got -0.1/);
  fails(() => arcFace(4), /of 0 or more and below 3.14\d+, got 4/);
  fails(() => arcFace(0.5, { fallback: "soft" as never }), /fallback hard or easy, got soft/);
  fails(() => sphereFace(1.5), /a whole number of 1 or more, got 1.5/);
  fails(() => combinedMargin({ multiply: 0.5 }), /Cannot apply multiply: expected a number of 1 or more/);
  const statistics = tf.tensor1d([...STATISTICS]);
  fails(() => adaFace({ margin: Number.NaN, statistics }), /got NaN/);
  fails(() => adaFace({ concentration: 0, statistics }), /a concentration above 0, got 0/);
  fails(() => magFace({ lowerLength: 0 }), /the lower is above 0 and the upper more, got 0 and 110/);
  fails(() => magFace({ upperLength: 10 }), /the upper more, got 10 and 10/);
  fails(
    () => magFace({ lowerMargin: 0.9 }),
    /upper margin: expected a number of 0.9 or more and below 3.14\d+, got 0.8/,
  );
  fails(() => updateNormStatistics(tf.ones([1, 4]), statistics), /2 rows or more, got 1/);
  const cosine_BN = tf.ones<tf.Rank.R2>([1, 2]);
  assert.throws(() => applyMargin(cosine_BN, tf.tensor1d([0], "int32"), magFace()), {
    name: "TypeError",
    message: "Cannot apply margin: expected the embeddings' lengths beside their cosines, got none",
  });
});

for (const backend of ["cpu", "onnx"]) {
  test(`magFacePenalty() on ${backend} equals float64 and its slope, and is flat beyond its lengths`, async () => {
    await tf.setBackend(backend);
    const lengths = [4, 10.5, 60, 109, 200];
    tf.tidy(() => {
      const penalty = (x: tf.Tensor) => magFacePenalty(x as tf.Tensor2D);
      const { value, grad } = tf.valueAndGrad(penalty)(tf.tensor2d(lengths.map((a) => [0.6 * a, -0.8 * a])));
      const kept = lengths.map((a) => Math.min(110, Math.max(10, a)));
      const expected = kept.reduce((sum, a) => sum + (1 / a + a / 110 ** 2) / lengths.length, 0);
      assert.ok(Math.abs(value.dataSync()[0] - expected) < 1e-7);
      for (const [i, [x, y]] of (grad.arraySync() as number[][]).entries()) {
        const a = lengths[i];
        const slope = a === kept[i] ? (1 / 110 ** 2 - 1 / a ** 2) / lengths.length : 0;
        assert.ok(Math.abs(x - 0.6 * slope) < 1e-7 && Math.abs(y + 0.8 * slope) < 1e-7, `${a}: ${x}, ${y}`);
      }
    });
  });

  test(`updateNormStatistics() on ${backend} moves mean and sample deviation by a hundredth, lengths clipped at 100`, async () => {
    await tf.setBackend(backend);
    const [mean, deviation] = tf.tidy(() =>
      updateNormStatistics(
        tf.tensor2d([
          [3, 4],
          [0, 300],
          [0, 9],
        ]),
        tf.tensor1d([20, 100]),
      ).arraySync(),
    );
    const lengths = [5, 100, 9];
    const m = lengths.reduce((sum, x) => sum + x / 3, 0);
    const s = Math.sqrt(lengths.reduce((sum, x) => sum + (x - m) ** 2 / 2, 0));
    assert.ok(Math.abs(mean - (0.99 * 20 + 0.01 * m)) < 1e-5, `${mean}`);
    assert.ok(Math.abs(deviation - (0.99 * 100 + 0.01 * s)) < 1e-5, `${deviation}`);
  });
}

test("sphereFace() takes λ, which changes from step to step, as a tensor too", () => {
  tf.tidy(() => {
    const cosine_B = tf.tensor1d([-0.9, -0.4, 0, 0.3, 0.7, 0.95]);
    const [byNumber, byTensor] = [sphereFace(4, 5), sphereFace(4, tf.scalar(5))];
    const [a, b] = [byNumber, byTensor].map((margin) => margin(cosine_B).cosine_B.dataSync());
    assert.ok(
      a.every((value, i) => Math.abs(value - b[i]) < 1e-6),
      `${a} and ${b}`,
    );
    assert.ok(a.some((value, i) => value !== cosine_B.dataSync()[i]));
  });
});

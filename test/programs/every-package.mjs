// Uses the built packages a little and prints what came out as JSON; the same program runs in every runtime.
import { alignFace, FACE_TEMPLATE, similarityTransform } from "@amface/align";
import { renderFace } from "@amface/data";
import { evaluate } from "@amface/lfw-eval";
import { amSoftmaxLogits, crossEntropy } from "@amface/loss";
import { OnnxGraph, OrtSession, OrtTensor } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

const sum = (values) => values.reduce((total, value) => total + value, 0);
const result = {};

// The second fold chooses the threshold 0.41, beyond which one same pair of the first lies: 7 of 8 right.
const issame = [true, true, false, false, true, true, false, false];
const distances = [0.1, 0.5, 1.5, 2, 0.2, 0.4, 1.8, 1.6];
const { accuracy, auc } = evaluate(distances, issame, { folds: 2 });
result.evaluation = { accuracy: accuracy.mean, auc };

// The template turned by a right angle and moved: its way back is known.
const turned = FACE_TEMPLATE.map(([x, y]) => [-y + 100, x + 5]);
result.similarity = similarityTransform(turned, FACE_TEMPLATE).flat();

const { image, landmarks } = renderFace(1, 2);
result.face = { photo: sum(image.data), crop: sum(alignFace(image, landmarks).data) };

// Cosines 0.6 and 0.8, so logits 30 (0.6 - 0.35) = 7.5 and 24.
for (const backend of ["cpu", "onnx"]) {
  await tf.setBackend(backend);
  const labels = tf.tensor1d([0], "int32");
  const logits = amSoftmaxLogits(
    tf.tensor2d([[3, 4]]),
    tf.tensor2d([
      [2, 0],
      [0, 5],
    ]),
    labels,
    { margin: 0.35, scale: 30 },
  );
  result[backend] = {
    logits: [...(await logits.data())],
    loss: (await crossEntropy(logits, labels).data())[0],
  };
}

const graph = new OnnxGraph();
graph.output("y", graph.node("Relu", [graph.input("x", "float32", [3])]), "float32", [3]);
const session = new OrtSession(graph.encode());
const { y } = session.run({ x: new OrtTensor("float32", Float32Array.of(-1, 0, 2), [3]) }, { y: null });
result.relu = [...y.data];

console.log(JSON.stringify(result));

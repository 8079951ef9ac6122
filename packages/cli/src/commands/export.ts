import { useEngine } from "@amface/engine";
import { defineCommand, UsageError } from "../command/command.ts";
import { oneOf } from "../command/parse.ts";
import { writePreprocessingCard } from "../foreign/preprocessing-card.ts";
import { exportToOnnx, exportToTfjs } from "../model/export-net.ts";
import { loadModel, netOption } from "../model/model.ts";

const options = {
  model: { value: "M", help: "run directory or saved model", required: true },
  net: netOption,
  format: {
    value: "FORMAT",
    help: "onnx, or tfjs: TensorFlow.js's model.json and weights.bin",
    parse: oneOf("onnx", "tfjs"),
    required: true,
  },
  output: { value: "F", help: "file to write; with tfjs the folder", required: true },
  pixels: { help: "onnx: the model takes uint8 pixels and normalises them itself" },
} as const;

/** Rounding of float32 in another order of sums, over the largest value; more is a fault. */
const TOLERANCE = 1e-3;

export const exportCommand = defineCommand({
  options,
  examples: [
    "amface export --model runs/a --format onnx --output net.onnx",
    "amface export --model mobilefacenet.safetensors --net mobilefacenet --format tfjs --output web/net",
  ],
  async run({ model, net: foreign, format, output, pixels }) {
    if (pixels && format !== "onnx")
      throw new UsageError("Cannot take --pixels: expected --format onnx with it");
    await useEngine("onnx:cpu");
    const net = await loadModel(model, foreign);
    const exported =
      format === "onnx"
        ? await exportToOnnx(net, output, pixels ? "pixels" : "images")
        : await exportToTfjs(net, output);
    if (!(exported.difference <= TOLERANCE * exported.largest)) {
      throw new Error(
        `Cannot rely on ${exported.path}: expected the embeddings of ${model}, got some that differ by ` +
          `${exported.difference.toPrecision(3)} of ${exported.largest.toPrecision(3)}`,
      );
    }
    const preprocessing = await writePreprocessingCard(exported.path, {
      ...(pixels
        ? { channels: "rgb", mean: [0], scale: [1] }
        : { channels: "rgb", mean: [127.5], scale: [1 / 128] }),
      layout: "nhwc",
    });
    const { imageShape, embeddingSize } = net.description;
    return {
      ...exported,
      preprocessing,
      format,
      net: net.name,
      input: pixels ? "pixels" : "images",
      imageShape,
      embeddingSize,
    };
  },
  render: ({ path, net, bytes, input, imageShape, embeddingSize, difference, largest }) =>
    [
      `${net} in ${path} (${(bytes / 1e6).toFixed(1)} MB)`,
      `takes      ${input} [batch, ${imageShape.join(", ")}], ${input === "pixels" ? "uint8 RGB" : "float32, (pixels - 127.5) / 128"}`,
      `gives      embeddings [batch, ${embeddingSize}], not normalised`,
      `differs    by ${difference.toExponential(1)} from its source, of values up to ${largest.toPrecision(3)}`,
    ].join("\n"),
});

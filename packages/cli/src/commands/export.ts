import { useEngine } from "@amface/engine";
import { defineCommand, UsageError } from "../command/command.ts";
import { oneOf } from "../command/parse.ts";
import { writePreprocessingCard } from "../foreign/preprocessing-card.ts";
import { exportToOnnx, exportToSafetensors, exportToTfjs } from "../model/export-net.ts";
import { loadModel, netOption } from "../model/model.ts";

const options = {
  model: { value: "M", help: "run directory or saved model", required: true },
  net: netOption,
  format: {
    value: "FORMAT",
    help: "onnx; tfjs: TensorFlow.js's model.json and weights.bin; or safetensors: amface's own, without the run around it",
    parse: oneOf("onnx", "tfjs", "safetensors"),
    required: true,
  },
  output: { value: "F", help: "file to write; with tfjs the folder", required: true },
  pixels: { help: "onnx: the model takes uint8 pixels and normalises them itself" },
  half: { help: "safetensors: weights in float16, half the size" },
} as const;

/** Rounding of float32 in another order of sums, and of weights to float16, over the largest value; more is a fault. */
const TOLERANCE = { float32: 1e-3, float16: 2e-2 };

export const exportCommand = defineCommand({
  options,
  examples: [
    "amface export --model runs/a --format onnx --output net.onnx",
    "amface export --model mobilefacenet.safetensors --net mobilefacenet --format tfjs --output web/net",
    "amface export --model runs/a --format safetensors --half --output net.safetensors",
  ],
  async run({ model, net: foreign, format, output, pixels, half }) {
    if (pixels && format !== "onnx")
      throw new UsageError("Cannot take --pixels: expected --format onnx with it");
    if (half && format !== "safetensors")
      throw new UsageError("Cannot take --half: expected --format safetensors with it");
    await useEngine("onnx:cpu");
    const net = await loadModel(model, foreign);
    const write = {
      onnx: () => exportToOnnx(net, output, pixels ? "pixels" : "images"),
      tfjs: () => exportToTfjs(net, output),
      safetensors: () => exportToSafetensors(net, output, model, half ? "F16" : "F32"),
    };
    const exported = await write[format]();
    if (!(exported.difference <= TOLERANCE[half ? "float16" : "float32"] * exported.largest)) {
      throw new Error(
        `Cannot rely on ${exported.path}: expected the embeddings of ${model}, got some that differ by ` +
          `${exported.difference.toPrecision(3)} of ${exported.largest.toPrecision(3)}`,
      );
    }
    const preprocessing =
      format === "safetensors"
        ? undefined
        : await writePreprocessingCard(exported.path, {
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

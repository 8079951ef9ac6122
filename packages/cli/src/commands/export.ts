import { useEngine } from "@amface/engine";
import { type ThresholdCard, ThresholdCardError } from "@amface/lfw-eval";
import type { FaceNet } from "@amface/nets";
import type { ByteSource } from "@amface/numpy";
import { modelFile } from "@amface/train";
import { defineCommand, UsageError } from "../command/command.ts";
import { oneOf } from "../command/parse.ts";
import type { Reporter } from "../command/reporter.ts";
import type { Preprocessing } from "../foreign/preprocessing.ts";
import { writePreprocessingCard } from "../foreign/preprocessing-card.ts";
import { cardMetadata } from "../model/carried-card.ts";
import { exportToOnnx, exportToSafetensors, exportToTfjs } from "../model/export-net.ts";
import { carried, findCard } from "../model/find-card.ts";
import { loadModel, netOption } from "../model/model.ts";
import { fileTensorsDigest, tensorsDigest } from "../model/tensors-digest.ts";

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
  card: {
    value: "FILE",
    help: "onnx, safetensors: threshold card to put inside [the model's own, beside it or inside it]",
  },
  half: { help: "safetensors: weights in float16, half the size" },
} as const;

/** How images are prepared for a model of pixels, and for one of float images. */
const PIXELS = { mean: [0], scale: [1] } as const;
const IMAGES = { mean: [127.5], scale: [1 / 128] } as const;

/** Rounding of float32 in another order of sums, and of weights to float16, over the largest value; more is a fault. */
const TOLERANCE = { float32: 1e-3, float16: 2e-2 };

export const exportCommand = defineCommand({
  options,
  examples: [
    "amface export --model runs/a --format onnx --output net.onnx",
    "amface export --model mobilefacenet.safetensors --net mobilefacenet --format tfjs --output web/net",
    "amface export --model runs/a --format safetensors --half --output net.safetensors",
  ],
  async run({ model, net: foreign, format, output, pixels, half, card: asked }, _, { reporter }) {
    if (pixels && format !== "onnx")
      throw new UsageError("Cannot take --pixels: expected --format onnx with it");
    if (half && format !== "safetensors")
      throw new UsageError("Cannot take --half: expected --format safetensors with it");
    if (asked !== undefined && format === "tfjs")
      throw new UsageError("Cannot take --card: expected --format onnx or safetensors with it, got tfjs");
    await useEngine("onnx:cpu");
    const net = await loadModel(model, foreign);
    const found = format === "tfjs" ? undefined : await cardToCarry(model, net, asked, reporter);
    const preprocessing: Preprocessing | undefined =
      format === "safetensors"
        ? undefined
        : { channels: "rgb", layout: "nhwc", ...(pixels ? PIXELS : IMAGES) };
    const file = await modelFile(model);
    const source = half && found && /\.safetensors$/i.test(file) ? fileTensorsDigest(file) : undefined;
    const carry = (file: ByteSource) => {
      if (found === undefined) return {};
      const digest = tensorsDigest(file, output, preprocessing);
      return cardMetadata(half && digest !== source ? rounded(found.card) : found.card, digest);
    };
    const write = {
      onnx: () => exportToOnnx(net, output, pixels ? "pixels" : "images", carry),
      tfjs: () => exportToTfjs(net, output),
      safetensors: () => exportToSafetensors(net, output, model, half ? "F16" : "F32", carry),
    };
    const exported = await write[format]();
    if (!(exported.difference <= TOLERANCE[half ? "float16" : "float32"] * exported.largest)) {
      throw new Error(
        `Cannot rely on ${exported.path}: expected the embeddings of ${model}, got some that differ by ` +
          `${exported.difference.toPrecision(3)} of ${exported.largest.toPrecision(3)}`,
      );
    }
    const written = preprocessing && (await writePreprocessingCard(exported.path, preprocessing));
    const { imageShape, embeddingSize } = net.description;
    return {
      ...exported,
      preprocessing: written,
      card: found?.path,
      format,
      net: net.name,
      input: pixels ? "pixels" : "images",
      imageShape,
      embeddingSize,
    };
  },
  render: ({ path, net, bytes, input, imageShape, embeddingSize, difference, largest, card }) =>
    [
      `${net} in ${path} (${(bytes / 1e6).toFixed(1)} MB)`,
      `takes      ${input} [batch, ${imageShape.join(", ")}], ${input === "pixels" ? "uint8 RGB" : "float32, (pixels - 127.5) / 128"}`,
      `gives      embeddings [batch, ${embeddingSize}], not normalised`,
      `differs    by ${difference.toExponential(1)} from its source, of values up to ${largest.toPrecision(3)}`,
      ...(card === undefined ? [] : [`card       inside: the thresholds of ${card}`]),
    ].join("\n"),
});

/** The threshold card of what is exported; where the one that lies there is of other weights, that inside the model, or none. */
async function cardToCarry(model: string, net: FaceNet, asked: string | undefined, reporter: Reporter) {
  try {
    return await findCard(model, net, asked);
  } catch (error) {
    if (asked !== undefined || !(error instanceof ThresholdCardError)) throw error;
    const inside = await cardInside(model, net);
    const goes = inside
      ? `The threshold card inside ${inside.path} goes along`
      : "No threshold card goes along";
    reporter.warn(`${goes}: ${error.message}`);
    return inside;
  }
}

/** The card inside a model's file, where there is one that is its. */
async function cardInside(model: string, net: FaceNet) {
  try {
    return carried(await modelFile(model), net);
  } catch (error) {
    if (error instanceof ThresholdCardError) return undefined;
    throw error;
  }
}

/** A card that was measured with weights in float32, for the same rounded to float16. */
const rounded = (card: ThresholdCard): ThresholdCard => ({
  ...card,
  warnings: [...new Set([...card.warnings, "it was measured before the weights were rounded to float16"])],
});

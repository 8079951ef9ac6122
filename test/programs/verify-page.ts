// A web page that tells whether two crops show one person: a model that `amface export --format tfjs` wrote, a
// threshold card that `amface eval --card` wrote, and no server but for files. What comes out is the page's title.
import { decide, squaredDistances, type ThresholdCard } from "@amface/lfw-eval";
import { amSoftmaxLogits, crossEntropy } from "@amface/loss";
import { type Crop, decodeNet, embedder } from "@amface/nets";
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { loadLayersModel } from "@tensorflow/tfjs-layers";

setWasmPaths("./");

/** The pixels of a picture, by the browser's own decoder. */
async function readCrop(url: string): Promise<Crop> {
  const bitmap = await createImageBitmap(await (await fetch(url)).blob());
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d")!;
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height); // RGBA
  return { data: data.filter((_, i) => i % 4 < 3), width, height };
}

/** The exported model, by TensorFlow.js alone. */
async function embedExported(crops: readonly Crop[]): Promise<Float32Array> {
  const model = await loadLayersModel("./model/model.json");
  const images = tf.stack(
    crops.map(({ data, height, width }) => tf.tensor3d(Uint8Array.from(data), [height, width, 3], "int32")),
  );
  return (await (model.predict(tf.div(tf.sub(images, 127.5), 128)) as tf.Tensor).data()) as Float32Array;
}

async function verify(backend: string, card: ThresholdCard) {
  await tf.setBackend(backend);
  const crops = [await readCrop("./a.png"), await readCrop("./b.png")];
  const { net } = decodeNet(
    new Uint8Array(await (await fetch("./net.safetensors")).arrayBuffer()),
    "the net",
  );
  const embed = embedder(net);
  const pair = [{ a: 0, b: 1 }];
  const [distance] = squaredDistances({ data: await embed(crops), size: embed.size }, pair);
  const [exported] = squaredDistances({ data: await embedExported(crops), size: embed.size }, pair);
  return { backend: tf.getBackend(), distance, exported, decision: decide(card, distance, 0.1).decision };
}

/** Training's loss, for two embeddings and two identities. */
function loss(): number {
  const embeddings = tf.tensor2d([
    [3, 4],
    [1, 0],
  ]);
  const labels = tf.tensor1d([0, 1], "int32");
  const head = tf.tensor2d([
    [2, 0],
    [0, 5],
  ]);
  return crossEntropy(
    amSoftmaxLogits(embeddings, head, labels, { margin: 0.35, scale: 30 }),
    labels,
  ).dataSync()[0];
}

async function main() {
  const card = (await (await fetch("./card.json")).json()) as ThresholdCard;
  const results = [await verify("wasm", card), await verify("cpu", card)];
  return { results, loss: loss() };
}

main().then(
  (result) => {
    document.title = JSON.stringify(result);
  },
  (error) => {
    document.title = JSON.stringify({ error: String(error.stack) });
  },
);

/** Makes amface callable in a page: `start`, `see` and `embed` for the bench, `seePixels` and `seeFile` for its parity. */
import {
  alignFace,
  type DetectOptions,
  type Detector,
  detectFaces,
  type Face,
  loadDetector,
  readPhoto,
} from "@amface/align/browser";
import { decodeNet, type Embedder, embedder } from "@amface/nets/browser";
import { type OnnxBackend, setDevice } from "@amface/tfjs-backend-onnx/browser";
import { getThreadsCount, setThreadsCount, setWasmPaths, version_wasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { canvasOf, fetchPixels, type Seen, type Started, timed } from "./page-frames.ts";

type Engine = "onnx" | "wasm";
interface Nets {
  readonly detector: Detector;
  readonly embed: Embedder;
  readonly height: number;
  readonly width: number;
}

/** As the page in `packages/web` looks at photos, and at a camera. */
const SIDES: Readonly<Record<string, { engine: Engine; options?: DetectOptions }>> = {
  amface: { engine: "wasm" },
  "amface-camera": { engine: "wasm", options: { minSize: 60, lookOnce: true } },
  "amface-onnx": { engine: "onnx" },
};
const nets = new Map<Engine, Nets>();

async function load(): Promise<Nets> {
  const response = await fetch("/weights/embedder.safetensors");
  const { net } = decodeNet(new Uint8Array(await response.arrayBuffer()), "embedder");
  const [height, width] = net.description.imageShape;
  const detector = await loadDetector("/weights/detector.safetensors");
  return { detector, embed: embedder(net, { batchSize: 1 }), height, width };
}

async function start(side: string, threads: number): Promise<Started> {
  const { engine } = SIDES[side];
  if (!nets.has(engine)) {
    if (engine === "onnx") await setDevice("wasm", { wasmPaths: "/ort/", threads });
    else {
      setWasmPaths("/tfjs-wasm/");
      setThreadsCount(threads);
    }
    await tf.setBackend(engine);
    if (engine === "onnx") (tf.backend() as OnnxBackend).patience = 0;
    nets.set(engine, await load());
  }
  await tf.setBackend(engine);
  if (engine === "onnx") {
    return { threads: (await (tf.backend() as OnnxBackend).threading).threads, software: "onnxruntime-web" };
  }
  return { threads: getThreadsCount(), software: `tfjs-backend-wasm ${version_wasm}` };
}

/** The nets of a side, with its engine set. */
async function netsOf(side: string): Promise<Nets> {
  const { engine } = SIDES[side];
  await tf.setBackend(engine);
  return nets.get(engine)!;
}

async function see(side: string, frame: string, width: number, height: number): Promise<Seen> {
  const [{ detector }, canvas] = [await netsOf(side), await canvasOf(frame, width, height)];
  const { seconds, result: faces } = await timed(async () =>
    detectFaces(detector, await readPhoto(canvas), SIDES[side].options),
  );
  return { seconds, faces };
}

/** Seconds from a frame and five points to an embedding, for each face. */
async function embed(side: string, frame: string, width: number, height: number): Promise<number[]> {
  const [{ detector, embed, ...size }, canvas] = [await netsOf(side), await canvasOf(frame, width, height)];
  const image = await readPhoto(canvas);
  const taken: number[] = [];
  for (const { landmarks } of await detectFaces(detector, image, SIDES[side].options)) {
    const { seconds } = await timed(() => embed([alignFace(image, landmarks, size)]));
    taken.push(seconds);
  }
  return taken;
}

async function seePixels(side: string, width: number, height: number): Promise<Face[]> {
  const { detector } = await netsOf(side);
  return detectFaces(detector, await fetchPixels("/photo.rgb", width, height));
}

/** The faces of a file as the browser decodes it, and its pixels' differences from those of `/photo.rgb`, in grey levels. */
async function seeFile(side: string, url: string) {
  const { detector } = await netsOf(side);
  const image = await readPhoto(await (await fetch(url)).blob());
  const { data } = await fetchPixels("/photo.rgb", image.width, image.height);
  let [sum, largest, differing] = [0, 0, 0];
  for (let i = 0; i < data.length; i++) {
    const off = Math.abs(data[i] - image.data[i]);
    sum += off;
    if (off > 0) differing++;
    if (off > largest) largest = off;
  }
  const pixels = { mean: sum / data.length, largest, differing: differing / data.length };
  return { pixels, faces: await detectFaces(detector, image) };
}

export type SeenFile = Awaited<ReturnType<typeof seeFile>>;

Object.assign(globalThis, { start, see, embed, seePixels, seeFile });

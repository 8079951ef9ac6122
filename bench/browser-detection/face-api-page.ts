/** Makes @vladmandic/face-api callable in a page, on its WebAssembly backend: `start`, `see` and `embed`. */
import { canvasOf, type Seen, type Started, timed } from "./page-frames.ts";

interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
interface Detection {
  readonly score: number;
  readonly box: Rect;
}
interface WithLandmarks {
  readonly detection: Detection;
  readonly alignedRect: Detection;
}
interface Net {
  loadFromUri(uri: string): Promise<void>;
}
type Options = object;

/** What is used of it. */
interface FaceApi {
  readonly tf: {
    setWasmPaths(path: string): void;
    setThreadsCount(threads: number): void;
    setBackend(name: string): Promise<boolean>;
    readonly version_wasm: string;
    getThreadsCount(): number;
  };
  readonly nets: Readonly<
    Record<"ssdMobilenetv1" | "tinyFaceDetector" | "faceLandmark68Net" | "faceRecognitionNet", Net>
  >;
  readonly SsdMobilenetv1Options: new () => Options;
  readonly TinyFaceDetectorOptions: new () => Options;
  detectAllFaces(
    canvas: HTMLCanvasElement,
    options: Options,
  ): PromiseLike<Detection[]> & { withFaceLandmarks(): PromiseLike<WithLandmarks[]> };
  extractFaces(canvas: HTMLCanvasElement, regions: readonly Rect[]): Promise<HTMLCanvasElement[]>;
  computeFaceDescriptor(face: HTMLCanvasElement): Promise<Float32Array>;
}

// By an address that bundlers do not follow: the module is served as it was published.
const address = "/face-api/dist/face-api.esm.js";
const faceapi = (await import(address)) as FaceApi;
let started = false;

/** Its own defaults: SSD MobileNet V1 sees 512×512, the tiny detector 416×416, both keep scores from 0.5. */
const optionsOf = (side: string): Options =>
  side.startsWith("face-api-tiny")
    ? new faceapi.TinyFaceDetectorOptions()
    : new faceapi.SsdMobilenetv1Options();

async function start(_side: string, threads: number): Promise<Started> {
  const { tf, nets } = faceapi;
  if (!started) {
    tf.setWasmPaths("/tfjs-wasm/");
    tf.setThreadsCount(threads);
    if (!(await tf.setBackend("wasm"))) throw new Error("face-api's backend wasm does not start");
    for (const net of [
      nets.ssdMobilenetv1,
      nets.tinyFaceDetector,
      nets.faceLandmark68Net,
      nets.faceRecognitionNet,
    ]) {
      await net.loadFromUri("/face-api/model/");
    }
    started = true;
  }
  return { threads: tf.getThreadsCount(), software: `tfjs-backend-wasm ${tf.version_wasm}` };
}

async function see(side: string, frame: string, width: number, height: number): Promise<Seen> {
  const canvas = await canvasOf(frame, width, height);
  const { seconds, result } = await timed(async () => {
    const task = faceapi.detectAllFaces(canvas, optionsOf(side));
    if (!side.endsWith("landmarks")) return await task;
    return (await task.withFaceLandmarks()).map(({ detection }) => detection);
  });
  const faces = result.map(({ score, box: { x, y, width, height } }) => ({
    score,
    box: [x, y, x + width, y + height] as const,
  }));
  return { seconds, faces };
}

/** Seconds from a frame and its landmarks to an embedding, for each face: what `withFaceDescriptors()` does. */
async function embed(side: string, frame: string, width: number, height: number): Promise<number[]> {
  const canvas = await canvasOf(frame, width, height);
  const taken: number[] = [];
  for (const { alignedRect } of await faceapi.detectAllFaces(canvas, optionsOf(side)).withFaceLandmarks()) {
    const { seconds } = await timed(async () => {
      const [face] = await faceapi.extractFaces(canvas, [alignedRect.box]);
      return faceapi.computeFaceDescriptor(face);
    });
    taken.push(seconds);
  }
  return taken;
}

Object.assign(globalThis, { start, see, embed });

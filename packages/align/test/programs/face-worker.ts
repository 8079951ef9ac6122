// A web worker that reads photos and finds faces, for the test that bundles it.
import { alignFace, detectFaces, loadDetector, readPhoto } from "@amface/align/browser";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";

setWasmPaths("/wasm/");
const detector = tf.setBackend("wasm").then(() => loadDetector("/weights/detector.safetensors"));

/** What the test asks for, each with what it sends along. */
const answers = {
  read: (photo: Blob | ImageBitmap | ImageData | VideoFrame) => readPhoto(photo),
  async faces(photo: Blob) {
    const image = await readPhoto(photo);
    const faces = await detectFaces(await detector, image);
    return { faces, crop: faces[0] && alignFace(image, faces[0].landmarks) };
  },
  async memory({ photo, times }: { photo: Blob; times: number }) {
    const counts: number[] = [];
    for (let i = 0; i < times; i++) {
      await detectFaces(await detector, await readPhoto(photo));
      counts.push(tf.memory().numTensors);
    }
    return counts;
  },
};

self.onmessage = async ({ data }: MessageEvent<{ what: keyof typeof answers; value: never }>) => {
  try {
    self.postMessage({ answer: await answers[data.what](data.value) });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};

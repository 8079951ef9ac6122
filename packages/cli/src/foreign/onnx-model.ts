import { basename } from "node:path";
import {
  deviceOptions,
  type OnnxBackend,
  OrtSession,
  OrtTensor,
  type Threading,
  threadingOptions,
} from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs-core";
import { checkOnnx } from "./check-onnx.ts";
import { digestFiles } from "./digest-files.ts";
import type { ForeignModel } from "./foreign-model.ts";
import { chooseOutput, expectRows, readInput } from "./image-input.ts";
import { inBatches } from "./in-batches.ts";
import { prepareImages } from "./prepare-images.ts";
import { channelsOf, type KnownPreprocessing } from "./preprocessing.ts";

/** Types of elements in the ONNX specification. */
const [FLOAT32, UINT8] = [1, 2];

/**
 * Opens an ONNX model that takes one batch of images. ONNX Runtime runs it itself, on the device and with the threads of
 * TensorFlow.js's backend `onnx`, which is in use.
 *
 * @throws {Error} Where the file is damaged, or the model takes or gives something else.
 */
export async function openOnnxModel(path: string, settings: KnownPreprocessing): Promise<ForeignModel> {
  const files = await checkOnnx(path);
  const runner = new OnnxRunner(path);
  const input = readInput(path, runner.session.inputs, settings);
  if (input.type !== FLOAT32 && input.type !== UINT8) {
    throw new Error(
      `Cannot run ${path}: expected an input of float32 or uint8, got ONNX's type ${input.type} for ${input.name}`,
    );
  }
  const output = chooseOutput(path, runner.session.outputs, settings.output);
  const [height, width] = input.imageSize;
  const channels = channelsOf(settings.channels);
  const each = height * width * 3;
  const dims = input.layout === "nchw" ? [channels, height, width] : [height, width, channels];
  const run = (images: Float32Array, count: number) => {
    const values = prepareImages(images, each, settings, input.layout);
    const feed =
      input.type === UINT8
        ? new OrtTensor("uint8", Uint8Array.from(values, Math.round), [count, ...dims])
        : new OrtTensor("float32", values, [count, ...dims]);
    return runner.run({ [input.name]: feed }, output, count);
  };
  const model = inBatches(input.batch, each, run);
  const description = { imageShape: [height, width, 3] as const, embeddingSize: model.size };
  const embed = async (images: tf.Tensor4D) => model.embed((await images.data()) as Float32Array);
  return {
    name: basename(path),
    description,
    embed,
    digest: () => digestFiles(files, settings),
    dispose: () => runner.session.dispose(),
  };
}

/** A session that is made anew when threads are to wait in another way, as the compiled models of the backend are. */
class OnnxRunner {
  readonly #path: string;
  #threading: Threading;
  session: OrtSession;

  constructor(path: string) {
    this.#path = path;
    this.#threading = backend().threading;
    this.session = this.#open();
  }

  /** The output's rows, of which there must be `count`. */
  run(feeds: Record<string, OrtTensor>, output: string, count: number): Float32Array {
    const { threading } = backend();
    if (threading.threads !== this.#threading.threads || threading.spinning !== this.#threading.spinning) {
      this.session.dispose();
      this.#threading = threading;
      this.session = this.#open();
    }
    const { [output]: result } = this.#explain(() => this.session.run(feeds, { [output]: null }));
    return expectRows(this.#path, { name: output, shape: result.dims, data: result.data }, count);
  }

  #open(): OrtSession {
    const { device } = backend();
    const options = {
      ...threadingOptions(this.#threading),
      ...deviceOptions(device),
      logSeverityLevel: 4 as const,
    };
    return this.#explain(() => new OrtSession(this.#path, options));
  }

  #explain<T>(body: () => T): T {
    try {
      return body();
    } catch (cause) {
      const got = (cause as Error).message.replaceAll(/\s+/g, " ").trim().slice(0, 600);
      throw new Error(`Cannot run ${this.#path}: expected a model that ONNX Runtime takes, got: ${got}`, {
        cause,
      });
    }
  }
}

const backend = () => tf.backend() as unknown as OnnxBackend;

import { readFile, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { OnnxHeader } from "@amface/nets";
import {
  deviceOptions,
  type OnnxBackend,
  OrtSession,
  OrtTensor,
  type Threading,
  threadingOptions,
} from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs-core";
import { cheapPrelu, hasPrelu } from "./cheap-prelu.ts";
import { checkOnnx } from "./check-onnx.ts";
import { digestFiles } from "./digest-files.ts";
import type { ForeignModel } from "./foreign-model.ts";
import { chooseOutput, expectPixels, expectRows, readInput } from "./image-input.ts";
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
  const { files, header } = await checkOnnx(path);
  const runner = new OnnxRunner(path, await cheaperModel(path, header));
  const input = readInput(path, runner.session.inputs, settings);
  if (input.type !== FLOAT32 && input.type !== UINT8) {
    throw new Error(
      `Cannot run ${path}: expected an input of float32 or uint8, got ONNX's type ${input.type} for ${input.name}`,
    );
  }
  if (input.type === UINT8) expectPixels(path, "uint8", settings);
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
    preprocessing: settings,
    dispose: () => runner.session.dispose(),
  };
}

/** Largest file that is read into memory to be changed. */
const LARGEST = 2 ** 30;

/** The model in a cheaper form; `undefined` where it stays as it is. */
async function cheaperModel(path: string, header: OnnxHeader): Promise<Uint8Array | undefined> {
  if (!hasPrelu(header) || (await stat(path)).size > LARGEST) return undefined;
  return cheapPrelu(await readFile(path), header);
}

/** A session that is made anew when threads are to wait in another way, as the compiled models of the backend are. */
class OnnxRunner {
  readonly #path: string;
  #cheaper: Uint8Array | undefined;
  #threading: Threading;
  session: OrtSession;

  /** @param cheaper Its bytes in a form to be preferred. */
  constructor(path: string, cheaper: Uint8Array | undefined) {
    this.#path = path;
    this.#cheaper = cheaper;
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
    const { extra, ...threads } = threadingOptions(this.#threading);
    const options = { ...threads, ...deviceOptions(device), logSeverityLevel: 4 as const };
    if (this.#cheaper !== undefined) {
      const session = {
        ...(extra?.session as object),
        model_external_initializers_file_folder_path: dirname(this.#path),
      };
      try {
        return new OrtSession(this.#cheaper, { ...options, extra: { session } });
      } catch {
        // Whatever is wrong is told of the model itself.
        this.#cheaper = undefined;
      }
    }
    return this.#explain(() => new OrtSession(this.#path, { ...options, ...(extra && { extra }) }));
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

import { createRequire } from "node:module";
import { OnnxGraph } from "../onnx-graph.ts";
import { OrtTensor } from "../ort-tensor.ts";
import { OrtUnavailableError } from "../ort-unavailable-error.ts";
import type { SessionOptions } from "../runtime.ts";

/** The version of onnxruntime-node whose internals this package knows. */
const ORT_VERSION = "1.30.0";

interface NativeValue {
  readonly name: string;
  readonly type: number;
  /** -1 where a size is free. */
  readonly shape: readonly number[];
  readonly symbolicDimensions: readonly string[];
}

interface NativeSession {
  readonly inputMetadata: readonly NativeValue[];
  readonly outputMetadata: readonly NativeValue[];
  loadModel(path: string, options: SessionOptions): void;
  loadModel(buffer: ArrayBufferLike, byteOffset: number, byteLength: number, options: SessionOptions): void;
  run(
    feeds: Record<string, OrtTensor>,
    fetches: Record<string, OrtTensor | null>,
    options: object,
  ): Record<string, OrtTensor>;
  endProfiling(): void;
  dispose(): void;
}

interface NativeBinding {
  InferenceSession: new () => NativeSession;
  listSupportedBackends(): { name: string; bundled: boolean }[];
}

let loaded: NativeBinding | undefined;

/**
 * The native binding of onnxruntime-node. Its public API only runs asynchronously; TensorFlow.js's
 * `dataSync` needs the synchronous session underneath.
 *
 * @throws {OrtUnavailableError} When onnxruntime-node is missing or its internals have moved.
 */
function binding(): NativeBinding {
  if (loaded) return loaded;
  // ONNX Runtime would keep a device id and a database of events below the home folder. Bun does not hand
  // this on to native code: there the variable must be set from outside.
  process.env.ORT_DISABLE_TELEMETRY ??= "1";
  const require = createRequire(import.meta.url);
  let native: NativeBinding;
  try {
    const module = require("onnxruntime-node/dist/binding") as {
      binding: NativeBinding;
      initOrt: () => void;
    };
    module.initOrt();
    native = module.binding;
  } catch (cause) {
    const [got] = (cause as Error).message.split("\n", 1);
    throw new OrtUnavailableError(
      `Cannot load ONNX Runtime: expected onnxruntime-node ${ORT_VERSION} with its native library for ` +
        `${process.platform} ${process.arch}, got: ${got}; ${INSTALL}`,
      { cause },
    );
  }
  const got = firstDifference(native);
  if (got) {
    const { version } = require("onnxruntime-node/package.json") as { version: string };
    throw new OrtUnavailableError(
      `Cannot use onnxruntime-node ${version}: expected version ${ORT_VERSION}, whose native sessions run at once and ` +
        `write into the memory that they are given, got ${got}; ${INSTALL}`,
    );
  }
  loaded = native;
  return loaded;
}

const INSTALL = `install it with: npm install onnxruntime-node@${ORT_VERSION}`;

/** Runs a model of one node in the way that all models are run: what differs would else give wrong numbers. */
function firstDifference(native: NativeBinding): string | undefined {
  if (typeof native?.InferenceSession !== "function") return "one without InferenceSession";
  const graph = new OnnxGraph();
  addSilence(graph);
  graph.output("y", graph.node("Neg", [graph.input("x", "float32", [1])]), "float32", [1]);
  const y = new OrtTensor("float32", Float32Array.of(0), [1]);
  try {
    const session = new OrtSession(graph.encode(), { logSeverityLevel: 4 }, native);
    session.runInto({ x: new OrtTensor("float32", Float32Array.of(1), [1]) }, { y });
    session.dispose();
  } catch (error) {
    return `the error: ${(error as Error).message}`;
  }
  return y.data[0] === -1 ? undefined : "one that leaves the memory as it was";
}

/** Names of the execution providers in the installed onnxruntime-node, e.g. `["cpu", "webgpu"]`. */
export function listProviders(): string[] {
  return binding()
    .listSupportedBackends()
    .map((b) => b.name);
}

const SILENCE = "silence";
const UNKNOWN_TYPE = "Tensor type (16) is not supported";

/**
 * Gives a model a first output that JavaScript has no type for. onnxruntime-node copies all results into fresh
 * memory, even those that it has just written where it was told to: 220 MB in a training step of ResFace20. At an
 * output that it cannot hand over it stops, and by then every result is in its place.
 */
export function addSilence(graph: OnnxGraph): void {
  graph.output(SILENCE, graph.node("Cast", [graph.float(0)], { to: 16 }), "bfloat16", []);
}

/** An input or output of a model. */
export interface OrtValueInfo {
  readonly name: string;
  /** The code of its elements' type in `TensorProto.DataType` of the ONNX specification, 1 for float32. */
  readonly type: number;
  /** `null` where a size is free; `undefined` where not even the number of axes is known. */
  readonly shape: readonly (number | null)[] | undefined;
}

const valueInfo = ({ name, type, shape }: NativeValue): OrtValueInfo => ({
  name,
  type,
  shape: shape?.map((size) => (size < 0 ? null : size)),
});

/**
 * A compiled ONNX model that runs synchronously. One session may be run any number of times, with any
 * sizes of its free dimensions.
 *
 * @throws {Error} When ONNX Runtime refuses the model; the message names the node.
 */
export class OrtSession {
  readonly #native: NativeSession;
  #lent = 0;
  #wanted = true;

  /**
   * @param model Bytes of an `.onnx` file; or its path, beside which files lie that it keeps values in.
   * @param native Another binding than the one installed, to see whether it works.
   */
  constructor(model: Uint8Array | string, options: SessionOptions = {}, native: NativeBinding = binding()) {
    this.#native = new native.InferenceSession();
    if (typeof model === "string") this.#native.loadModel(model, options);
    else this.#native.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
  }

  get inputs(): OrtValueInfo[] {
    return this.#native.inputMetadata.map(valueInfo);
  }

  get outputs(): OrtValueInfo[] {
    return this.#native.outputMetadata.map(valueInfo);
  }

  /**
   * Runs the model and blocks until it is done.
   *
   * @param feeds A tensor for every input; its memory is read, not kept.
   * @param fetches The outputs wanted: a name, with `null` for a fresh tensor or a tensor to write into.
   */
  run(
    feeds: Record<string, OrtTensor>,
    fetches: Record<string, OrtTensor | null>,
  ): Record<string, OrtTensor> {
    return this.#native.run(feeds, fetches, {});
  }

  /**
   * Runs a model that begins with `addSilence` and writes its results into the memory of `outputs`, all of
   * which must be given.
   */
  runInto(feeds: Record<string, OrtTensor>, outputs: Record<string, OrtTensor>): void {
    try {
      this.#native.run(feeds, { ...outputs, [SILENCE]: null }, {});
    } catch (error) {
      if (!(error as Error).message.includes(UNKNOWN_TYPE)) throw error;
    }
  }

  /** Writes ONNX Runtime's profile, if the session was made with `enableProfiling`. */
  endProfiling(): void {
    this.#native.endProfiling();
  }

  /** Frees the model, or, while results of it are held on a device, lets the last of them do so. */
  dispose(): void {
    this.#wanted = false;
    if (this.#lent === 0) this.#native.dispose();
  }

  /** Counts a result that is held on a device: onnxruntime-node 1.30 crashes when it is freed after its session. */
  lend(): void {
    this.#lent++;
  }

  /** Counts a result on a device that has been freed. */
  takeBack(): void {
    this.#lent--;
    if (this.#lent === 0 && !this.#wanted) this.#native.dispose();
  }
}

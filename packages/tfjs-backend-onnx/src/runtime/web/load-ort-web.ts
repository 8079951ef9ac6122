import { OnnxGraph } from "../onnx-graph.ts";
import { OrtTensor } from "../ort-tensor.ts";
import { OrtUnavailableError } from "../ort-unavailable-error.ts";
import type { Threading } from "../runtime.ts";
import { inTurn } from "../steps.ts";
import { type OrtWeb, type WebDevice, WebRuntime } from "./web-runtime.ts";

/** How onnxruntime-web is started, once in a page or worker for each device. */
export interface WebOptions {
  /**
   * Where the files of onnxruntime-web lie that do the work: the address of their folder, which ends in `/`, or of
   * both. For `wasm` they are `ort-wasm-simd-threaded.mjs` and `ort-wasm-simd-threaded.wasm`, for `webgpu`
   * `ort-wasm-simd-threaded.asyncify.mjs` and `ort-wasm-simd-threaded.asyncify.wasm`. Relative addresses count from the page's or
   * worker's. Where onnxruntime-web looks for them by itself, if left out.
   */
  readonly wasmPaths?: string | { readonly mjs: string; readonly wasm: string };
  /** As many as the processor has cores if left out; always 1 where the page is not cross-origin isolated. */
  readonly threads?: number;
}

/** The version of onnxruntime-web that this package was tested with. */
const ORT_VERSION = "1.30.0";

const started = new Map<WebDevice, Promise<WebRuntime>>();

/**
 * onnxruntime-web on a device, after a run of a model of one node: the same each time.
 *
 * @throws {RangeError} When `threads` is no positive integer.
 * @throws {OrtUnavailableError} When onnxruntime-web or its files are not there.
 * @throws {Error} When the device cannot be used here.
 */
export async function loadOrtWeb(device: WebDevice, options: WebOptions = {}): Promise<WebRuntime> {
  const threading = threadingOf(options);
  const known = started.get(device);
  if (known) return known;
  const runtime = start(device, threading, options.wasmPaths);
  started.set(device, runtime);
  runtime.catch(() => started.delete(device)); // so that it can be tried again
  return runtime;
}

async function start(
  device: WebDevice,
  threading: Threading,
  wasmPaths: WebOptions["wasmPaths"],
): Promise<WebRuntime> {
  if (device === "webgpu") await checkAdapter();
  const ort = await importOrt(device);
  ort.env.wasm.numThreads = threading.threads;
  if (wasmPaths) ort.env.wasm.wasmPaths = absolute(wasmPaths);
  ort.env.logLevel = "error";
  const runtime = new WebRuntime(device, ort, threading);
  await check(runtime);
  return runtime;
}

async function importOrt(device: WebDevice): Promise<OrtWeb> {
  let ort: OrtWeb;
  try {
    ort = await (device === "wasm" ? import("onnxruntime-web/wasm") : import("onnxruntime-web/webgpu"));
  } catch (cause) {
    throw new OrtUnavailableError(
      `Cannot load ONNX Runtime: expected onnxruntime-web ${ORT_VERSION}, got: ${(cause as Error).message}; install it with: ` +
        `npm install onnxruntime-web@${ORT_VERSION}`,
      { cause },
    );
  }
  const { web } = ort.env.versions;
  if (web === ORT_VERSION) return ort;
  throw new OrtUnavailableError(
    `Cannot use onnxruntime-web ${web}: expected version ${ORT_VERSION}; install it with: npm install onnxruntime-web@${ORT_VERSION}`,
  );
}

/** What this package asks a browser for. */
interface Page {
  readonly crossOriginIsolated?: boolean;
  readonly navigator?: {
    readonly hardwareConcurrency?: number;
    readonly gpu?: { requestAdapter(): Promise<object | null> };
  };
  readonly location?: { readonly href: string };
}

const page = globalThis as Page;

function threadingOf({ threads }: WebOptions): Threading {
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0)) {
    throw new RangeError(`Cannot compute: expected a positive number of threads, got ${threads}`);
  }
  if (!page.crossOriginIsolated) {
    const reason =
      "the page is not cross-origin isolated; for more than one thread serve it with the headers Cross-Origin-Opener-Policy: " +
      "same-origin and Cross-Origin-Embedder-Policy: require-corp";
    return { threads: 1, spinning: false, reason };
  }
  const cores = page.navigator?.hardwareConcurrency ?? 1;
  const reason = threads === undefined ? `the processor has ${cores} cores` : "as asked for";
  return { threads: threads ?? cores, spinning: true, reason };
}

async function checkAdapter(): Promise<void> {
  const { gpu } = page.navigator ?? {};
  const adapter = await gpu?.requestAdapter();
  if (adapter) return;
  throw new Error(
    `Cannot use device webgpu: expected a graphics adapter, got ${gpu ? "none from this browser" : "a browser or page without WebGPU"}; ` +
      "use a browser with WebGPU on a page served by https or from localhost, or the device wasm",
  );
}

function absolute(paths: NonNullable<WebOptions["wasmPaths"]>) {
  const url = (path: string) => new URL(path, page.location?.href).href;
  return typeof paths === "string" ? url(paths) : { mjs: url(paths.mjs), wasm: url(paths.wasm) };
}

/** Runs a model of one node: only then does onnxruntime-web load its files. */
async function check(runtime: WebRuntime): Promise<void> {
  const graph = new OnnxGraph();
  graph.output("y", graph.node("Neg", [graph.input("x", "float32", [1])]), "float32", [1]);
  try {
    const options = { session: { logSeverityLevel: 4 }, kept: [], others: ["y"] } as const;
    const session = await inTurn(runtime.compile(graph, options));
    const { y } = await inTurn(
      session.run({ x: new OrtTensor("float32", Float32Array.of(1), [1]) }, { y: null }),
    );
    session.dispose();
    if (y.data[0] !== -1) throw new Error(`-1 = ${y.data[0]}`);
  } catch (cause) {
    throw new OrtUnavailableError(
      `Cannot use device ${runtime.device}: expected the files of onnxruntime-web ${ORT_VERSION} where wasmPaths says, or beside the page's ` +
        `script, got: ${(cause as Error).message}; copy them from node_modules/onnxruntime-web/dist and name their address in wasmPaths`,
      { cause },
    );
  }
}

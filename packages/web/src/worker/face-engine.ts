import { BackendWasm, setThreadsCount } from "@tensorflow/tfjs-backend-wasm";
import makeSingle from "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.js";
import makeThreaded, {
  type BackendWasmThreadedSimdModule,
} from "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.js";
import * as tf from "@tensorflow/tfjs-core";
import { boxAddress, type Loading, loadBox, loadPart } from "./load-part.ts";
import { unzipped } from "./unzipped.ts";

type Module = BackendWasm["wasm"];
/** What both modules export, whatever their types make of it. */
type Make = (settings: object) => Promise<Module>;

/** Of the threads that it starts. */
const MOST_THREADS = 8;

let started: Promise<void> | undefined;

/**
 * Makes TensorFlow.js's own WebAssembly the backend, which runs the detector's small nets about twice as fast as ONNX Runtime's;
 * starts it the first time. Its threads are files of the box: what TensorFlow.js makes of blobs, the page's policy forbids.
 *
 * @throws {Error} When the box cannot be loaded, or it does not start; the next call tries again.
 */
export async function useFaceEngine(loading: Loading): Promise<void> {
  started ??= start(loading).catch((error) => {
    started = undefined;
    throw error;
  });
  await started;
  if (tf.getBackend() !== "wasm") await tf.setBackend("wasm");
}

async function start(loading: Loading): Promise<void> {
  const { faces } = await loadBox();
  const threads = crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, MOST_THREADS) : 1;
  const part = threads > 1 ? faces.threaded : faces.single;
  const wasmBinary = await unzipped(await loadPart(part, loading), part);
  const settings = {
    wasmBinary,
    mainScriptUrlOrBlob: boxAddress(faces.threadedStart.file),
    locateFile: (path: string) => (path.endsWith(".worker.js") ? boxAddress(faces.thread.file) : path),
  };
  try {
    const module = await ((threads > 1 ? makeThreaded : makeSingle) as unknown as Make)(settings);
    addFunctions(module);
    setThreadsCount(threads);
    // What it calls a core is half of what browsers call one.
    const backend = withCores(2 * threads, () => new BackendWasm(module));
    const { unusedWorkers = [] } = (module as Partial<Pthreads>).PThread ?? {};
    for (const worker of unusedWorkers.splice(0)) worker.terminate();
    tf.removeBackend("wasm"); // the one that would start itself
    tf.registerBackend("wasm", () => backend);
  } catch (cause) {
    const reason = (cause as Partial<Error>)?.message ?? cause;
    throw new Error(`Cannot start TensorFlow.js's WebAssembly: ${reason}; load the page again`, { cause });
  }
}

/** What is used of its threads, which its types lack. */
interface Pthreads {
  readonly PThread: BackendWasmThreadedSimdModule["PThread"] & { readonly unusedWorkers: Worker[] };
}

/** What the backend calls, as its own start names it. */
function addFunctions(module: Module): void {
  const { cwrap } = module as unknown as {
    cwrap(name: string, result: string | null, args: string[]): never;
  };
  module.tfjs = {
    init: cwrap("init", null, []),
    initWithThreadsCount: cwrap("init_with_threads_count", null, ["number"]),
    getThreadsCount: cwrap("get_threads_count", "number", []),
    registerTensor: cwrap("register_tensor", null, ["number", "number", "number"]),
    disposeData: cwrap("dispose_data", null, ["number"]),
    dispose: cwrap("dispose", null, []),
  };
}

function withCores<T>(cores: number, work: () => T): T {
  Object.defineProperty(navigator, "hardwareConcurrency", { value: cores, configurable: true });
  try {
    return work();
  } finally {
    Reflect.deleteProperty(navigator, "hardwareConcurrency");
  }
}

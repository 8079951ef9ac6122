import type * as TfCore from "@tensorflow/tfjs-core";

export interface SpecReport {
  /** `passed`, `pending`, or what failed, by the spec's full name. */
  readonly specs: Readonly<Record<string, string>>;
  /** Models that were compiled. */
  readonly compilations: number;
}

interface SpecResult {
  readonly fullName: string;
  readonly status: string;
  readonly failedExpectations: readonly { readonly message: string }[];
}

interface JasmineEnv {
  configure(options: object): void;
  addReporter(reporter: object): void;
}

/** Specs that draw numbers draw the same ones in every run. */
export function seedRandom(): void {
  let state = 1;
  Math.random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Keeps the onnx backends that the specs make, of which there are many. */
export function collectBackends<Backend extends object>(tf: typeof TfCore): Backend[] {
  const backends: Backend[] = [];
  const make = tf.findBackendFactory("onnx");
  const keep = (backend: object) => {
    backends.push(backend as Backend);
    return backend as ReturnType<typeof tf.backend>;
  };
  tf.removeBackend("onnx");
  tf.registerBackend("onnx", () => {
    const made = make();
    return made instanceof Promise ? made.then(keep) : keep(made);
  });
  return backends;
}

/** Calls `report` with what became of the specs when all have run, in their own order. */
export function reportSpecs(
  env: JasmineEnv,
  backends: readonly { readonly compilations: number }[],
  report: (report: SpecReport) => void,
): void {
  const specs: Record<string, string> = {};
  env.configure({ random: false });
  env.addReporter({
    specDone({ fullName, status, failedExpectations }: SpecResult) {
      // Some specs share a name.
      let name = fullName;
      for (let i = 2; name in specs; i++) name = `${fullName} (${i})`;
      specs[name] =
        status === "failed" ? failedExpectations.map(({ message }) => message).join("\n") : status;
    },
    jasmineDone() {
      const compilations = backends.reduce((sum, backend) => sum + backend.compilations, 0);
      report({ specs, compilations });
    },
  });
}

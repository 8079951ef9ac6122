import { engine, Tensor, tidy } from "@tensorflow/tfjs-core";
import type { OnnxBackend } from "../backend/backend.ts";
import type { LazyValue } from "../lazy/lazy-value.ts";
import type { NumericType } from "../lazy/numbers.ts";
import { collect, type Subgraph } from "../lazy/subgraph.ts";

/** An input of a traced function; `null` is the size of the batch. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly (number | null)[];
  /** float32 when left out. The function gets `uint8`, which TensorFlow.js does not have, as int32. */
  readonly dtype?: NumericType | "uint8";
}

export type Tensors = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/** What a function does at one batch size. */
export interface Trace {
  readonly batch: number;
  readonly subgraph: Subgraph;
  readonly inputs: readonly LazyValue[];
  readonly outputs: ReadonlyMap<string, LazyValue>;
}

/**
 * Calls `fn` with tensors without contents, and records what it would compute.
 *
 * @param names Names of the outputs; those of a record have their own.
 * @throws {Error} When `fn` fails, reads what depends on its inputs, assigns a variable or returns something else.
 */
export function trace(
  backend: OnnxBackend,
  fn: (...inputs: never[]) => Tensors,
  specs: readonly TensorSpec[],
  batch: number,
  names: readonly string[] | undefined,
): Trace {
  let traced: Trace | undefined;
  tidy(() => {
    const variables = new VariableGuard();
    const tensors = specs.map(({ shape, dtype = "float32" }) => {
      const sizes = shape.map((size) => size ?? batch);
      return engine().makeTensorFromTensorInfo(backend.unknown(sizes, dtype === "uint8" ? "int32" : dtype));
    });
    const inputs = tensors.map((tensor) => backend.contents(tensor)!);
    try {
      backend.trace(() => {
        const results = named(fn(...(tensors as never[])), names);
        const outputs = new Map(results.map(([name, tensor]) => [name, contentsOf(backend, name, tensor)]));
        traced = { batch, subgraph: subgraphOf([...outputs.values()]), inputs, outputs };
      });
    } finally {
      variables.restore();
    }
  });
  return traced!;
}

/** What lies behind the outputs, some of which may be inputs or constants themselves. */
function subgraphOf(outputs: readonly LazyValue[]): Subgraph {
  const { nodes, leaves } = collect(outputs.filter(({ node }) => node));
  return { nodes, leaves: [...new Set([...leaves, ...outputs.filter(({ node }) => !node)])], outputs };
}

function named(results: unknown, names: readonly string[] | undefined): [string, Tensor][] {
  if (results instanceof Promise) {
    results.catch(() => {}); // what it did is of no interest
    throw new TypeError("expected a function that returns tensors, got one that returns a promise");
  }
  const isRecord = !(results instanceof Tensor) && !Array.isArray(results);
  const list = results instanceof Tensor ? [results] : Object.values(results ?? {});
  if (list.length === 0 || !list.every((item) => item instanceof Tensor)) {
    throw new TypeError("expected a function that returns a tensor, a list or a record of them");
  }
  if (names && (isRecord || names.length !== list.length)) {
    const got = isRecord ? "a record, which names its tensors" : `${list.length} tensors`;
    throw new RangeError(`expected ${names.length} outputs (${names.join(", ")}), got ${got}`);
  }
  const own = isRecord
    ? Object.keys(results as object)
    : list.length > 1
      ? list.map((_, i) => `output${i}`)
      : ["output"];
  return list.map((tensor, i) => [(names ?? own)[i], tensor]);
}

function contentsOf(backend: OnnxBackend, name: string, tensor: Tensor): LazyValue {
  const contents = backend.contents(tensor);
  if (!contents || tensor.size === 0) {
    const got = contents ? "an empty one" : tensor.dtype;
    throw new TypeError(`expected output ${name} to be a float32, int32 or bool tensor, got ${got}`);
  }
  return contents;
}

/** Keeps the contents of all variables: a traced assignment would leave something in them that has none. */
class VariableGuard {
  readonly #kept = Object.values(engine().registeredVariables).map((variable) => ({
    variable,
    dataId: variable.dataId,
    contents: variable.clone(),
  }));

  /** @throws {Error} When a variable has been assigned; it then has its contents again. */
  restore(): void {
    const assigned = this.#kept.filter(({ variable, dataId }) => variable.dataId !== dataId);
    for (const { variable, contents } of assigned) variable.assign(contents);
    if (assigned.length === 0) return;
    const names = assigned.map(({ variable }) => variable.name).join(", ");
    throw new Error(
      `expected a function that leaves variables as they are, got one that assigns ${names}; a net in training mode does`,
    );
  }
}

import type { OnnxGraph } from "../runtime/onnx-graph.ts";
import { DTYPE_CODE } from "../runtime/onnx-model.ts";
import { dimension, line, rate } from "./line.ts";
import type { TensorSpec } from "./trace.ts";
import { differ } from "./traces-differ-error.ts";

/** Numbers of a model that follow the batch size: computed from the shape of an input when the model runs. */
export class BatchNumbers {
  readonly #graph: OnnxGraph;
  readonly #specs: readonly TensorSpec[];
  readonly #batches: readonly number[];
  readonly #computed = new Map<string, string>();

  /** @param batches The batch sizes at which the numbers are known. */
  constructor(graph: OnnxGraph, specs: readonly TensorSpec[], batches: readonly number[]) {
    this.#graph = graph;
    this.#specs = specs;
    this.#batches = batches;
  }

  /** A number that is proportional to the batch size, or to one over it. */
  scalar(values: readonly number[]): string | undefined {
    const found = rate(this.#batches, values);
    if (!found) return undefined;
    const batch = this.#graph.node("Squeeze", [
      this.#graph.node("Cast", [this.#batch()], { to: DTYPE_CODE.float32 }),
    ]);
    return found.inverse
      ? this.#graph.node("Div", [this.#graph.float(found.factor), batch])
      : this.#graph.node("Mul", [batch, this.#graph.float(found.factor)]);
  }

  /** Integers that follow the batch. `reshape`: the only one of them that does can be left to ONNX. */
  integers(rows: readonly (readonly number[])[], what: string, reshape = false): string {
    const [first] = rows;
    if (rows.some(({ length }) => length !== first.length)) differ(`${what} of another rank`);
    const lines = first.map((_, i) => {
      const numbers = rows.map((row) => row[i]);
      return (
        line(this.#batches, numbers) ??
        differ(`${what} with the sizes ${numbers} for the batches ${this.#batches}`)
      );
    });
    const free = lines.filter(({ slope }) => slope !== 0);
    if (free.length === 0) return this.#graph.ints(first);
    if (reshape && free.length === 1 && !first.includes(-1)) {
      return this.#graph.ints(lines.map(({ slope, offset }) => (slope === 0 ? offset : -1)));
    }
    const slopes = lines.map(({ slope }) => slope);
    const offsets = lines.map(({ offset }) => offset);
    return this.#once(`${slopes} ${offsets}`, () => {
      const product = this.#graph.node("Mul", [this.#batch(), this.#graph.ints(slopes)]);
      return this.#graph.node("Add", [product, this.#graph.ints(offsets)]);
    });
  }

  /** A dimension as the model's description writes it. */
  dimension(numbers: readonly number[], what: string, batch: string): number | string {
    return dimension(line(this.#batches, numbers) ?? differ(`${what} with the sizes ${numbers}`), batch);
  }

  /** The batch size as an int64 `[1]`, from the shape of an input that has it. */
  #batch(): string {
    return this.#once("batch", () => {
      const { name, shape } = this.#specs.find((spec) => spec.shape.includes(null))!;
      const axis = shape.indexOf(null);
      return this.#graph.node("Shape", [name], { start: axis, end: axis + 1 });
    });
  }

  #once(key: string, make: () => string): string {
    let name = this.#computed.get(key);
    if (name === undefined) {
      name = make();
      this.#computed.set(key, name);
    }
    return name;
  }
}

import type { OnnxKernel } from "./kernel.ts";
import { LazyValue, type Node } from "./lazy-value.ts";
import { type Subgraph, structureOf } from "./subgraph.ts";

/** A subgraph without the contents of its leaves, which runs again on others of their shapes and types. */
export class RecordedGraph {
  /** What `structureOf` says of it. */
  readonly structure: string;
  readonly #subgraph: Subgraph;

  constructor(subgraph: Subgraph) {
    this.structure = structureOf(subgraph);
    const unknown = subgraph.leaves.map(({ shape, dtype }) => LazyValue.unknown(shape, dtype));
    this.#subgraph = onLeaves(subgraph, unknown);
  }

  /** What its leaves are like. */
  get leaves(): readonly Pick<LazyValue, "shape" | "dtype">[] {
    return this.#subgraph.leaves;
  }

  /** What its results are like. */
  get outputs(): readonly Pick<LazyValue, "shape" | "dtype">[] {
    return this.#subgraph.outputs;
  }

  /** @param leaves Each another value. */
  on(leaves: readonly LazyValue[]): Subgraph {
    return onLeaves(this.#subgraph, leaves);
  }
}

/** The call of a recorded graph, its attribute `recorded`, which has a model of its own; its leaves are the arguments. */
export const recordedCall: OnnxKernel = {
  ...{ name: "Recorded", inputs: ["..."], infer: () => undefined },
  lower() {
    throw new Error("Cannot run a recorded graph as a part of another: expected it to run by itself");
  },
};

/** The graph that a node calls, if it calls a recorded one. */
export const recordedOf = (node: Node | undefined): RecordedGraph | undefined =>
  node?.kernel === recordedCall ? (node.attrs.recorded as RecordedGraph) : undefined;

function onLeaves({ nodes, leaves, outputs }: Subgraph, others: readonly LazyValue[]): Subgraph {
  const values = new Map(leaves.map((leaf, i) => [leaf, others[i]]));
  const of = (value: LazyValue) => values.get(value) as LazyValue;
  const copies = nodes.map((node) => {
    const results = LazyValue.call(node.kernel, node.inputs.map(of), node.attrs, node.outputs);
    for (const [i, value] of node.outputs.entries()) values.set(value, results[i]);
    return results[0].node!;
  });
  return { nodes: copies, leaves: others, outputs: outputs.map(of) };
}

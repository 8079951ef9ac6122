import type { LazyValue, Node } from "./lazy-value.ts";

/** The part of the graph that has to run for some values to be known. */
export interface Subgraph {
  /** Nodes in an order in which they can run. */
  readonly nodes: readonly Node[];
  /** Known values that the nodes read, in order of first use. */
  readonly leaves: readonly LazyValue[];
  readonly outputs: readonly LazyValue[];
}

/** Whether it computes gradients, as in training: weights then change, however many runs of micro-batches come before. */
export function hasGradients({ nodes }: Subgraph): boolean {
  return nodes.some(({ kernel }) => /Backprop|Grad$/.test(kernel.name));
}

let walks = 0;

/**
 * Collects what lies behind `outputs`, all of which are still to be computed. It and `structureOf` mark nodes and
 * values instead of keeping them in sets: both run once a training step, over thousands of them.
 *
 * @param given Values that are leaves whether they are computed or not.
 */
export function collect(outputs: readonly LazyValue[], given?: ReadonlySet<LazyValue>): Subgraph {
  const walk = ++walks;
  const nodes: Node[] = [];
  const stack = outputs.map((value) => value.node!);
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (node.walk === walk) continue;
    node.walk = walk;
    nodes.push(node);
    for (const input of node.inputs)
      if (input.node && input.node.walk !== walk && !given?.has(input)) stack.push(input.node);
  }
  nodes.sort((a, b) => a.order - b.order);
  const leaves: LazyValue[] = [];
  for (const { inputs } of nodes) {
    for (const input of inputs) {
      if (input.walk === walk || (input.node && !given?.has(input))) continue;
      input.walk = walk;
      leaves.push(input);
    }
  }
  return { nodes, leaves, outputs };
}

/** `String` does not tell -0 from 0, nor how arrays are nested. */
function textOf(attribute: unknown): string {
  if (Array.isArray(attribute)) return `[${attribute.map(textOf)}]`;
  return Object.is(attribute, -0) ? "-0" : String(attribute);
}

/**
 * A text that two subgraphs share exactly when one compiled model serves both: operators, attributes,
 * wiring, types and shapes of the leaves, and which results are wanted. Contents of leaves are not in it,
 * so a new batch or learning rate compiles nothing.
 */
export function structureOf({ nodes, leaves, outputs }: Subgraph): string {
  let count = 0;
  let key = "";
  for (const leaf of leaves) {
    leaf.id = count++;
    key += `${leaf.dtype}${leaf.shape};`;
  }
  for (const { kernel, inputs, attrs, outputs: results } of nodes) {
    key += kernel.name;
    for (const input of inputs) key += ` ${input.id}`;
    for (const name in attrs) key += ` ${name}=${textOf(attrs[name])}`;
    key += ";";
    for (const value of results) value.id = count++;
  }
  for (const value of outputs) key += ` ${value.id}`;
  return key;
}

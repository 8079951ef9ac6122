import type { Layout } from "./layouts.ts";
import type { LazyValue, Subgraph } from "./lazy-graph.ts";

/**
 * Layouts in which to hand over the leaves of a subgraph. What a convolution wants of its filter also suits
 * whatever meets that filter element by element: its gradient, velocity and successor. So all of them stay in
 * one layout from step to step, and nothing is transposed.
 */
export function chooseLeafLayouts({ nodes, leaves }: Subgraph): Map<LazyValue, Layout> {
  const groups = new Groups();
  const wanted = new Map<LazyValue, Layout>();
  for (const { kernel, inputs, outputs } of nodes) {
    kernel.wants?.forEach((layout, i) => {
      if (layout?.length === inputs[i].shape.length && !wanted.has(inputs[i])) wanted.set(inputs[i], layout);
    });
    if (!kernel.elementwise) continue;
    for (const input of inputs)
      if (`${input.shape}` === `${outputs[0].shape}`) groups.join(input, outputs[0]);
  }
  const ofGroup = new Map<LazyValue, Layout>();
  for (const [value, layout] of wanted) {
    const group = groups.of(value);
    if (!ofGroup.has(group)) ofGroup.set(group, layout);
  }
  const chosen = new Map<LazyValue, Layout>();
  for (const leaf of leaves) {
    const layout = wanted.get(leaf) ?? ofGroup.get(groups.of(leaf));
    if (layout) chosen.set(leaf, layout);
  }
  return chosen;
}

/** Disjoint groups of values, each named by one of them. */
class Groups {
  readonly #parent = new Map<LazyValue, LazyValue>();

  of(value: LazyValue): LazyValue {
    let root = value;
    for (let next = this.#parent.get(root); next; next = this.#parent.get(root)) root = next;
    if (root !== value) this.#parent.set(value, root);
    return root;
  }

  join(a: LazyValue, b: LazyValue): void {
    const [from, to] = [this.of(a), this.of(b)];
    if (from !== to) this.#parent.set(from, to);
  }
}

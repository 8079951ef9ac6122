import type { Target, Value } from "../lazy/kernel.ts";
import type { Subgraph } from "../lazy/subgraph.ts";
import { type Layout, sameLayout } from "../runtime/layouts.ts";

/**
 * The layout that suits each value of a subgraph best. What a convolution wants of its image or filter also
 * suits whatever meets that element by element: the other branch of a sum, a filter's gradient, velocity and
 * successor. So all of them share the layout that most convolutions among them ask for, and little is transposed.
 */
export class WantedLayouts {
  readonly #groups = new Groups();
  readonly #ofGroup = new Map<Value, Layout>();

  constructor({ nodes }: Subgraph, target: Target) {
    for (const { kernel, inputs, outputs } of nodes) {
      const alike = kernel.elementwise ? [[...outputs, ...inputs]] : (kernel.groups?.(inputs, outputs) ?? []);
      for (const [result, ...others] of alike) {
        for (const value of others)
          if (`${value.shape}` === `${result.shape}`) this.#groups.join(value, result);
      }
    }
    const votes = new Map<Value, Layout[]>();
    for (const { kernel, inputs, attrs, outputs } of nodes) {
      kernel.wants?.(inputs, attrs, target).forEach((layout, i) => {
        if (!layout) return;
        const group = this.#groups.of(i < inputs.length ? inputs[i] : outputs[i - inputs.length]);
        votes.set(group, [...(votes.get(group) ?? []), layout]);
      });
    }
    for (const [group, layouts] of votes) this.#ofGroup.set(group, mostFrequent(layouts));
  }

  /** The layout wanted of `value`; plain where nobody asks. */
  of(value: Value): Layout {
    return this.#ofGroup.get(this.#groups.of(value));
  }
}

function mostFrequent(layouts: readonly Layout[]): Layout {
  const count = (layout: Layout) => layouts.filter((other) => sameLayout(other, layout)).length;
  return layouts.reduce((best, next) => (count(next) > count(best) ? next : best));
}

/** Disjoint groups of values, each named by one of them. */
class Groups {
  readonly #parent = new Map<Value, Value>();

  of(value: Value): Value {
    let root = value;
    for (let next = this.#parent.get(root); next; next = this.#parent.get(root)) root = next;
    if (root !== value) this.#parent.set(value, root);
    return root;
  }

  join(a: Value, b: Value): void {
    const [from, to] = [this.of(a), this.of(b)];
    if (from !== to) this.#parent.set(from, to);
  }
}

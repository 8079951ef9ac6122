/**
 * From `image/class/label` of records to the label that batches give. Two sorted columns and not a table from one to the
 * other, which would be as long as the largest class.
 */
export class ClassLabels {
  readonly #classes: Int32Array;
  readonly #labels: Int32Array;

  /** @param labels Of each of the classes, in any order; of a class that occurs twice the last counts. */
  constructor(classes: Int32Array, labels: Int32Array) {
    const order = Int32Array.from(classes.keys()).sort((a, b) => classes[a] - classes[b] || a - b);
    this.#classes = order.map((place) => classes[place]);
    this.#labels = order.map((place) => labels[place]);
  }

  /** The label of a class; -1 for identities that are left out. */
  of(value: number): number {
    const classes = this.#classes;
    // Classes of one's own shards are mostly their own places.
    if (classes[value] === value && classes[value + 1] !== value) return this.#labels[value];
    let [low, high] = [0, classes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (classes[middle] <= value) low = middle + 1;
      else high = middle;
    }
    return low > 0 && classes[low - 1] === value ? this.#labels[low - 1] : -1;
  }

  /** @param fresh The new label of each label; -1 where it is left out. */
  relabelled(fresh: Int32Array): ClassLabels {
    return new ClassLabels(
      this.#classes,
      this.#labels.map((label) => (label < 0 ? -1 : fresh[label])),
    );
  }
}

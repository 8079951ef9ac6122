/** Values of a row-major tensor with its axes in another order: axis `i` of the result is axis `order[i]`. */
export function permute(
  data: Float32Array,
  shape: readonly number[],
  order: readonly number[],
): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const result = new Float32Array(data.length);
  let at = 0;
  const walk = (depth: number, from: number) => {
    if (depth === order.length) {
      result[at++] = data[from];
      return;
    }
    const axis = order[depth];
    for (let i = 0; i < shape[axis]; i++) walk(depth + 1, from + i * strides[axis]);
  };
  walk(0, 0);
  return result;
}

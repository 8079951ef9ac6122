import { Tensor } from "@tensorflow/tfjs-core";

/**
 * Tensors and plain values (numbers, strings, booleans, `undefined`, `null`) in arrays and plain objects.
 *
 * @param visit Told of each tensor, in order.
 * @returns A text that is the same for containers that differ in their tensors' contents alone.
 * @throws {TypeError} When there is anything else in it.
 */
export function describe(container: unknown, visit: (tensor: Tensor) => void): string {
  if (container instanceof Tensor) {
    visit(container);
    return `${container.dtype}[${container.shape}]`;
  }
  if (Array.isArray(container)) return `[${container.map((item) => describe(item, visit)).join()}]`;
  if (typeof container === "string") return JSON.stringify(container);
  if (Object.is(container, -0)) return "-0";
  if (typeof container === "object" && container !== null) {
    if (!isPlain(container)) throw unexpected(`an object of ${container.constructor?.name}`);
    let text = "{";
    for (const [name, item] of Object.entries(container)) text += `${name}:${describe(item, visit)},`;
    return `${text}}`;
  }
  if (typeof container === "function" || typeof container === "symbol")
    throw unexpected(`a ${typeof container}`);
  return String(container);
}

/** Stands for a tensor in a container. */
const TENSOR = Symbol("tensor");

/** A container without its tensors. */
export const templateOf = (container: unknown): unknown =>
  mapped(
    container,
    (item) => item instanceof Tensor,
    () => TENSOR,
  );

/** The container of a template with these tensors in it, in order. */
export const filled = <T>(template: unknown, tensors: Iterator<Tensor>): T =>
  mapped(
    template,
    (item) => item === TENSOR,
    () => tensors.next().value,
  ) as T;

function mapped(container: unknown, isPlace: (item: unknown) => boolean, fill: () => unknown): unknown {
  if (isPlace(container)) return fill();
  if (Array.isArray(container)) return container.map((item) => mapped(item, isPlace, fill));
  if (typeof container !== "object" || container === null) return container;
  const copy: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(container)) copy[name] = mapped(item, isPlace, fill);
  return copy;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

const unexpected = (got: string) =>
  new TypeError(
    "Cannot compile a function: expected arguments and results of tensors, numbers, strings and booleans in arrays and plain " +
      `objects, got ${got}`,
  );

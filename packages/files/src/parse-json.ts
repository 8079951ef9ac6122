import type { Shape } from "./json-shape.ts";

/**
 * Reads JSON whose shape is known.
 *
 * @returns The value as it stands, with any fields that the shape does not name.
 * @throws {SyntaxError} Where it is no JSON.
 * @throws {TypeError} Where it has another shape: the first field that is wrong, what was expected, and what was got.
 */
export function parseJson<T>(json: string, shape: Shape): T {
  const value: unknown = JSON.parse(json);
  const wrong = shape(value, "");
  if (wrong !== undefined) throw new TypeError(wrong);
  return value as T;
}

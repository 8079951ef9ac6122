/** What a value of a JSON file must be; returns `minSize: expected a number, got "20"` where it is something else. */
export type Shape = (value: unknown, field: string) => string | undefined;

const is =
  (expected: string, holds: (value: unknown) => boolean): Shape =>
  (value, field) =>
    holds(value) ? undefined : `${field === "" ? "" : `${field}: `}expected ${expected}, got ${shown(value)}`;

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? "nothing";
  return json.length > 40 ? `${json.slice(0, 39)}…` : json;
}

export const text: Shape = is("text", (value) => typeof value === "string");
export const number: Shape = is("a number", (value) => typeof value === "number");
export const anything: Shape = () => undefined;

export const oneOf = (...allowed: readonly (string | number)[]): Shape =>
  is(allowed.join(" or "), (value) => allowed.some((each) => each === value));

export const optional =
  (shape: Shape): Shape =>
  (value, field) =>
    value === undefined ? undefined : shape(value, field);

/** @param length How many there must be; any number where it is left out. */
export function listOf(shape: Shape, length?: number): Shape {
  const list = is(length === undefined ? "a list" : `a list of ${length}`, (value) => {
    return Array.isArray(value) && (length === undefined || value.length === length);
  });
  return (value, field) =>
    list(value, field) ?? first((value as unknown[]).map((item, i) => () => shape(item, `${field}[${i}]`)));
}

/** An object whose values are all of one shape, whatever their names. */
export const recordOf =
  (shape: Shape): Shape =>
  (value, field) =>
    fields({})(value, field) ??
    first(
      Object.entries(value as object).map(
        ([name, item]) =>
          () =>
            shape(item, `${field}.${name}`),
      ),
    );

/** An object with these fields, all of which `T` has; others may stand beside them. */
export function fields<T>(shapes: { readonly [K in keyof T]-?: Shape }): Shape {
  const object = is("an object", (value) => {
    return typeof value === "object" && value !== null && !Array.isArray(value);
  });
  return (value, field) =>
    object(value, field) ??
    first(
      Object.entries<Shape>(shapes).map(
        ([name, shape]) =>
          () =>
            shape((value as Record<string, unknown>)[name], field === "" ? name : `${field}.${name}`),
      ),
    );
}

function first(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const wrong = check();
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

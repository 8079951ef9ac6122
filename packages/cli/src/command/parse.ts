/** Parsers of option values: each takes the text and throws a `RangeError` that says what was expected. */

export function integer(
  min = Number.MIN_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new RangeError(`expected a whole number${rangeText(min, max)}, got "${text}"`);
  };
}

export function number(
  min = Number.NEGATIVE_INFINITY,
  max = Number.POSITIVE_INFINITY,
): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isFinite(value) && value >= min && value <= max) return value;
    throw new RangeError(`expected a number${rangeText(min, max)}, got "${text}"`);
  };
}

/** In words, after `a number`: limits that exclude nothing are not named. */
function rangeText(min: number, max: number): string {
  if (max < Number.MAX_SAFE_INTEGER) return ` from ${min} to ${max}`;
  return min > Number.MIN_SAFE_INTEGER ? ` of at least ${min}` : "";
}

export function oneOf<const T extends string>(...names: T[]): (text: string) => T {
  return (text) => {
    const found = names.find((name) => name === text);
    if (found !== undefined) return found;
    throw new RangeError(`expected one of ${names.join(", ")}, got "${text}"`);
  };
}

/** `a,b,…`: exactly `count` numbers. */
export function numbers(count: number, each: (text: string) => number): (text: string) => number[] {
  return (text) => {
    const parts = text.split(",");
    if (parts.length !== count)
      throw new RangeError(`expected ${count} numbers joined by commas, got "${text}"`);
    return parts.map(each);
  };
}

/** `i/n`: part `i` of `n`, counted from 1. */
export function part(text: string): { index: number; count: number } {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, count] = match ? [Number(match[1]), Number(match[2])] : [0, 0];
  if (index >= 1 && index <= count) return { index, count };
  throw new RangeError(`expected i/n with 1 ≤ i ≤ n, such as 1/4, got "${text}"`);
}

/** `{…}`: an object as JSON. */
export function jsonObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Refused below, as what is JSON but no object.
  }
  throw new RangeError(`expected a JSON object, got "${text}"`);
}

/** What a key of a pickled dictionary becomes: as in Python, `1` and `"1"` are two keys. */
export type PickleKey = string | number | bigint | boolean | null;

/**
 * A pickled string, whether Python wrote it as text or (Python 2) as bytes, which are read as Latin-1.
 *
 * @throws {TypeError} When the value is neither.
 */
export function text(value: unknown): string {
  if (typeof value === "string") return value;
  if (!(value instanceof Uint8Array)) throw new TypeError(`expected a string, got ${describe(value)}`);
  let result = "";
  for (const byte of value) result += String.fromCharCode(byte);
  return result;
}

/**
 * A pickled key of a dictionary: a string (bytes as `text` reads them), number, boolean or `None`.
 *
 * @throws {TypeError} When the value is another, such as a tuple: a `Map` would not find it by its content.
 */
export function dictKey(value: unknown): PickleKey {
  if (value === null || ["string", "number", "bigint", "boolean"].includes(typeof value)) {
    return value as PickleKey;
  }
  if (value instanceof Uint8Array) return text(value);
  throw new TypeError(`expected a string or number, got ${describe(value)}`);
}

/** Python's integer: a number up to 2⁵³ − 1 in size, which holds it exactly, and a bigint beyond. */
export function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The integer whose two's complement `bytes` are, least significant first; no bytes are 0. */
export function integerOf(bytes: Uint8Array): number | bigint {
  if (bytes.length === 0) return 0;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  return integer(BigInt.asIntN(8 * bytes.length, BigInt(`0x${digits.reverse().join("")}`)));
}

function describe(value: unknown): string {
  if (value === null) return "None";
  if (Array.isArray(value)) return "a list or tuple";
  return value instanceof Map ? "a dictionary" : typeof value;
}

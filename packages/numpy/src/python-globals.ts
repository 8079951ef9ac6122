import type { PickleGlobals } from "./pickle-globals.ts";

/**
 * The bytes of a text that has one character for each: how protocol 2 of Python 3 holds bytes, for want of an opcode.
 *
 * @throws {TypeError} When it is no text, or in another encoding than Latin-1.
 */
function encode([content, encoding]: readonly unknown[]): Uint8Array {
  if (typeof content !== "string" || encoding !== "latin1") {
    throw new TypeError(`expected a text to encode as latin1, got ${typeof content} as ${String(encoding)}`);
  }
  const result = new Uint8Array(content.length);
  for (let i = 0; i < content.length; i++) {
    const code = content.charCodeAt(i);
    if (code > 255) throw new TypeError(`expected characters of latin1, got U+${code.toString(16)}`);
    result[i] = code;
  }
  return result;
}

/** `bytes()` is how protocol 2 holds no bytes, `bytearray(bytes)` how protocols 2 to 4 hold a bytearray. */
function bytesOf(args: readonly unknown[]): Uint8Array {
  if (args.length === 0) return new Uint8Array(0);
  if (args.length === 1 && args[0] instanceof Uint8Array) return args[0];
  throw new TypeError("expected bytes or no argument, got something else");
}

/** What Python's pickles of bytes call. Protocol 2 calls `builtins` by its name in Python 2. */
export const PYTHON_GLOBALS: PickleGlobals = new Map([
  ["_codecs.encode", encode],
  ["__builtin__.bytes", bytesOf],
  ["builtins.bytes", bytesOf],
  ["__builtin__.bytearray", bytesOf],
  ["builtins.bytearray", bytesOf],
]);

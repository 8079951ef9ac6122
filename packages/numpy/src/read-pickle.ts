import { dictKey, integerOf, text } from "./python-values.ts";

/** What a pickle may call by name: `module.name` to a function of the arguments. */
export type PickleGlobals = ReadonlyMap<string, (args: readonly unknown[]) => unknown>;

/** An object that a pickle's BUILD opcode may fill. */
export interface Buildable {
  setState(state: unknown): void;
}

/** A pickle that is damaged or that asks for more than plain data. */
export class PickleError extends Error {
  override readonly name = "PickleError";
  /** Where in the file the offending opcode stands. */
  readonly byte: number;
  /** `module.name` that the pickle asked for and that is not called here, where that is what is wrong. */
  readonly refused: string | undefined;
  /** Whether it ended before it was complete. */
  readonly cutOff: boolean;

  constructor(
    byte: number,
    message: string,
    options?: ErrorOptions & { readonly refused?: string; readonly cutOff?: boolean },
  ) {
    super(`Cannot read the pickle at byte ${byte}: ${message}`, options);
    this.byte = byte;
    this.refused = options?.refused;
    this.cutOff = options?.cutOff ?? false;
  }
}

const STOP = 0x2e;

/** As Python reads: refuses what is no UTF-8, and leaves a U+FEFF that a text begins with. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A name that the pickle looked up; nothing happens before it is called. */
export class PickleGlobal {
  readonly name: string;
  readonly call: (args: readonly unknown[]) => unknown;

  constructor(name: string, call: (args: readonly unknown[]) => unknown) {
    this.name = name;
    this.call = call;
  }
}

/**
 * Reads a pickle of protocol 2 to 5 that holds data only: numbers, booleans, `None`, strings, lists, tuples,
 * dictionaries, and whatever `globals` makes. Bytes and Python 2's byte strings come as `Uint8Array`, lists and
 * tuples as arrays, dictionaries as `Map` whose keys are strings, numbers, booleans or null. An integer is a number
 * where that holds it exactly (up to 2⁵³ − 1 in size), else a bigint.
 *
 * @param bytes The whole file; positions in error messages count from its start.
 * @param start Where the pickle begins.
 * @throws {PickleError} For a damaged pickle, and for every opcode or global that is not known here: a
 *   pickle is a program, and this reader runs none.
 */
export function readPickle(bytes: Uint8Array, start: number, globals: PickleGlobals): unknown {
  return runPickle(bytes, start, globals).value;
}

/** What a pickle holds, and where it ends: another may follow. */
interface PickleResult {
  readonly value: unknown;
  readonly end: number;
}

/**
 * As `readPickle`, for formats around pickles.
 *
 * @param persistent Gives what stands outside the pickle, of what the pickle calls it. Without it that is refused, and so
 *   are new objects of classes.
 */
export function runPickle(
  bytes: Uint8Array,
  start: number,
  globals: PickleGlobals,
  persistent?: (id: unknown) => unknown,
): PickleResult {
  return new PickleMachine(bytes, start, globals, persistent).run();
}

class PickleMachine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #globals: PickleGlobals;
  readonly #memo = new Map<number, unknown>();
  readonly #outer: unknown[][] = [];
  #stack: unknown[] = [];
  #position: number;
  /** Position of the opcode at work, for messages. */
  #opcodeAt = 0;

  /** The opcodes that data without code needs, by their names in Python's `pickletools`. */
  readonly #steps = new Map<number, () => void>([
    [0x80, () => this.#protocol()], // PROTO
    [0x4e, () => this.#push(null)], // NONE
    [0x88, () => this.#push(true)], // NEWTRUE
    [0x89, () => this.#push(false)], // NEWFALSE
    [0x4a, () => this.#push(this.#view.getInt32(this.#skip(4), true))], // BININT
    [0x4b, () => this.#push(this.#uint(1))], // BININT1
    [0x4d, () => this.#push(this.#uint(2))], // BININT2
    [0x8a, () => this.#push(this.#integer(this.#uint(1)))], // LONG1
    [0x8b, () => this.#push(this.#integer(this.#uint(4)))], // LONG4
    [0x47, () => this.#push(this.#view.getFloat64(this.#skip(8)))], // BINFLOAT, big-endian
    [0x55, () => this.#push(this.#take(this.#uint(1)))], // SHORT_BINSTRING
    [0x54, () => this.#push(this.#take(this.#uint(4)))], // BINSTRING
    [0x58, () => this.#push(this.#utf8(this.#uint(4)))], // BINUNICODE
    [0x43, () => this.#push(this.#take(this.#uint(1)))], // SHORT_BINBYTES
    [0x42, () => this.#push(this.#take(this.#uint(4)))], // BINBYTES
    [0x8e, () => this.#push(this.#take(this.#uint64()))], // BINBYTES8
    [0x96, () => this.#push(this.#take(this.#uint64()))], // BYTEARRAY8
    [0x8c, () => this.#push(this.#utf8(this.#uint(1)))], // SHORT_BINUNICODE
    [0x95, () => void this.#skip(8)], // FRAME: how many bytes to read ahead
    [0x94, () => this.#remember(this.#memo.size)], // MEMOIZE
    [0x71, () => this.#remember(this.#uint(1))], // BINPUT
    [0x72, () => this.#remember(this.#uint(4))], // LONG_BINPUT
    [0x68, () => this.#recall(this.#uint(1))], // BINGET
    [0x6a, () => this.#recall(this.#uint(4))], // LONG_BINGET
    [0x28, () => this.#mark()], // MARK
    [0x29, () => this.#push([])], // EMPTY_TUPLE
    [0x85, () => this.#push(this.#popMany(1))], // TUPLE1
    [0x86, () => this.#push(this.#popMany(2))], // TUPLE2
    [0x87, () => this.#push(this.#popMany(3))], // TUPLE3
    [0x74, () => this.#push(this.#popMark())], // TUPLE
    [0x5d, () => this.#push([])], // EMPTY_LIST
    [0x61, () => this.#append(this.#popMany(1))], // APPEND
    [0x65, () => this.#append(this.#popMark())], // APPENDS
    [0x7d, () => this.#push(new Map())], // EMPTY_DICT
    [0x73, () => this.#setItems(this.#popMany(2))], // SETITEM
    [0x75, () => this.#setItems(this.#popMark())], // SETITEMS
    [0x63, () => this.#global(this.#line(), this.#line())], // GLOBAL
    [0x93, () => this.#stackGlobal()], // STACK_GLOBAL
    [0x52, () => this.#reduce()], // REDUCE
    [0x62, () => this.#build()], // BUILD
  ]);

  constructor(
    bytes: Uint8Array,
    start: number,
    globals: PickleGlobals,
    persistent?: (id: unknown) => unknown,
  ) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#globals = globals;
    this.#position = start;
    if (!persistent) return;
    this.#steps.set(0x51, () => this.#outside(persistent)); // BINPERSID
    this.#steps.set(0x81, () => this.#reduce()); // NEWOBJ: REDUCE of a class
  }

  run(): PickleResult {
    for (;;) {
      this.#opcodeAt = this.#position;
      const opcode = this.#take(1)[0];
      if (opcode === STOP) return { value: this.#pop(), end: this.#position };
      const step = this.#steps.get(opcode);
      if (!step) {
        const code = `0x${opcode.toString(16).padStart(2, "0")}`;
        const letter = JSON.stringify(String.fromCharCode(opcode));
        throw this.#error(`expected an opcode of plain data, got opcode ${code} (${letter})`);
      }
      step();
    }
  }

  #protocol(): void {
    const version = this.#uint(1);
    if (!(version >= 2 && version <= 5)) throw this.#error(`expected protocol 2 to 5, got ${version}`);
  }

  #stackGlobal(): void {
    const [module, name] = this.#popMany(2).map((part) => this.#guard("global", () => text(part)));
    this.#global(module, name);
  }

  #global(module: string, member: string): void {
    const name = `${module}.${member}`;
    const call = this.#globals.get(name);
    if (!call) {
      throw new PickleError(
        this.#opcodeAt,
        `expected plain data, got ${JSON.stringify(name)}, which is not called here; ` +
          "pickle lists, numbers, strings, bytes and arrays only",
        { refused: name },
      );
    }
    this.#push(new PickleGlobal(name, call));
  }

  #reduce(): void {
    const [callee, args] = this.#popMany(2);
    if (!(callee instanceof PickleGlobal && Array.isArray(args))) {
      throw this.#error("expected a global and a tuple of arguments for REDUCE, got something else");
    }
    this.#push(this.#guard(callee.name, () => callee.call(args)));
  }

  #outside(persistent: (id: unknown) => unknown): void {
    const id = this.#pop();
    this.#push(this.#guard("reference", () => persistent(id)));
  }

  #build(): void {
    const state = this.#pop();
    const target = this.#top() as Partial<Buildable> | null;
    if (typeof target?.setState !== "function") {
      throw this.#error("expected an array or dtype for BUILD, got something else");
    }
    this.#guard("BUILD", () => (target as Buildable).setState(state));
  }

  #append(items: unknown[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw this.#error("expected a list to append to, got something else");
    for (const item of items) list.push(item);
  }

  #setItems(items: unknown[]): void {
    const dict = this.#top();
    if (!(dict instanceof Map) || items.length % 2 !== 0) {
      throw this.#error("expected a dictionary and pairs of key and value, got something else");
    }
    for (let i = 0; i < items.length; i += 2) {
      const key = this.#guard("key", () => dictKey(items[i]));
      if (dict.has(key)) throw this.#error(`expected keys that differ, got ${String(key)} twice`);
      dict.set(key, items[i + 1]);
    }
  }

  #mark(): void {
    this.#outer.push(this.#stack);
    this.#stack = [];
  }

  #remember(index: number): void {
    this.#memo.set(index, this.#top());
  }

  #recall(index: number): void {
    if (!this.#memo.has(index)) throw this.#error(`expected a stored value ${index}, got none`);
    this.#push(this.#memo.get(index));
  }

  #guard<T>(what: string, body: () => T): T {
    try {
      return body();
    } catch (cause) {
      throw this.#error(`${what}: ${(cause as Error).message}`, cause);
    }
  }

  #push(value: unknown): void {
    this.#stack.push(value);
  }

  #top(): unknown {
    if (this.#stack.length === 0) throw this.#error("expected a value on the stack, got none");
    return this.#stack[this.#stack.length - 1];
  }

  #pop(): unknown {
    return this.#popMany(1)[0];
  }

  #popMany(count: number): unknown[] {
    if (this.#stack.length < count) {
      throw this.#error(`expected ${count} values on the stack, got ${this.#stack.length}`);
    }
    return this.#stack.splice(this.#stack.length - count);
  }

  #popMark(): unknown[] {
    const items = this.#stack;
    const outer = this.#outer.pop();
    if (!outer) throw this.#error("expected a mark on the stack, got none");
    this.#stack = outer;
    return items;
  }

  #uint(size: 1 | 2 | 4): number {
    const at = this.#skip(size);
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true);
  }

  #uint64(): number {
    return Number(this.#view.getBigUint64(this.#skip(8), true));
  }

  #integer(size: number): number | bigint {
    const bytes = this.#take(size);
    return this.#guard("integer", () => integerOf(bytes));
  }

  #utf8(size: number): string {
    const bytes = this.#take(size);
    try {
      return UTF8.decode(bytes);
    } catch (cause) {
      throw this.#error("expected text in UTF-8, got other bytes", cause);
    }
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#position);
    if (end < 0) throw this.#ended("a name that ends with a newline");
    const line = text(this.#take(end - this.#position));
    this.#position++;
    return line;
  }

  #take(size: number): Uint8Array {
    const at = this.#skip(size);
    return this.#bytes.subarray(at, at + size);
  }

  /** Moves past `size` bytes and returns where they begin. */
  #skip(size: number): number {
    const at = this.#position;
    if (at + size > this.#bytes.length) {
      throw this.#ended(`${size} more bytes`);
    }
    this.#position += size;
    return at;
  }

  #ended(expected: string): PickleError {
    const message = `expected ${expected}, got the end of the file`;
    return new PickleError(this.#opcodeAt, message, { cutOff: true });
  }

  #error(message: string, cause?: unknown): PickleError {
    return new PickleError(this.#opcodeAt, message, { cause });
  }
}

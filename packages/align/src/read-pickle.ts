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

  constructor(byte: number, message: string, options?: ErrorOptions) {
    super(`Cannot read the pickle at byte ${byte}: ${message}`, options);
    this.byte = byte;
  }
}

/** Opcodes of pickle protocol 2 that data without code needs. */
const OPCODES = {
  MARK: 0x28,
  EMPTY_TUPLE: 0x29,
  STOP: 0x2e,
  BININT: 0x4a,
  BININT1: 0x4b,
  BININT2: 0x4d,
  NONE: 0x4e,
  REDUCE: 0x52,
  BINSTRING: 0x54,
  SHORT_BINSTRING: 0x55,
  BINUNICODE: 0x58,
  EMPTY_LIST: 0x5d,
  APPEND: 0x61,
  BUILD: 0x62,
  GLOBAL: 0x63,
  APPENDS: 0x65,
  BINGET: 0x68,
  LONG_BINGET: 0x6a,
  BINPUT: 0x71,
  LONG_BINPUT: 0x72,
  SETITEM: 0x73,
  TUPLE: 0x74,
  SETITEMS: 0x75,
  EMPTY_DICT: 0x7d,
  PROTO: 0x80,
  TUPLE1: 0x85,
  TUPLE2: 0x86,
  TUPLE3: 0x87,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
} as const;

/** A name that the pickle looked up; nothing happens before it is called. */
class PickleGlobal {
  readonly name: string;
  readonly call: (args: readonly unknown[]) => unknown;

  constructor(name: string, call: (args: readonly unknown[]) => unknown) {
    this.name = name;
    this.call = call;
  }
}

/**
 * Reads a pickle of protocol 2 that holds data only: numbers, booleans, `None`, strings, lists, tuples,
 * dictionaries, and whatever `globals` makes. Python 2's byte strings come as `Uint8Array`, lists and
 * tuples as arrays, dictionaries as `Map` with string keys.
 *
 * @param bytes The whole file; positions in error messages count from its start.
 * @param start Where the pickle begins.
 * @throws {PickleError} For a damaged pickle, and for every opcode or global that is not known here: a
 *   pickle is a program, and this reader runs none.
 */
export function readPickle(bytes: Uint8Array, start: number, globals: PickleGlobals): unknown {
  return new PickleMachine(bytes, start, globals).run();
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

  constructor(bytes: Uint8Array, start: number, globals: PickleGlobals) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#globals = globals;
    this.#position = start;
  }

  run(): unknown {
    for (;;) {
      this.#opcodeAt = this.#position;
      const opcode = this.#take(1)[0];
      if (opcode === OPCODES.STOP) return this.#pop();
      this.#step(opcode);
    }
  }

  #step(opcode: number): void {
    switch (opcode) {
      case OPCODES.PROTO:
        return this.#protocol();
      case OPCODES.NONE:
        return this.#push(null);
      case OPCODES.NEWTRUE:
        return this.#push(true);
      case OPCODES.NEWFALSE:
        return this.#push(false);
      case OPCODES.BININT:
        return this.#push(this.#view.getInt32(this.#skip(4), true));
      case OPCODES.BININT1:
        return this.#push(this.#uint(1));
      case OPCODES.BININT2:
        return this.#push(this.#uint(2));
      case OPCODES.SHORT_BINSTRING:
        return this.#push(this.#take(this.#uint(1)));
      case OPCODES.BINSTRING:
        return this.#push(this.#take(this.#uint(4)));
      case OPCODES.BINUNICODE:
        return this.#push(new TextDecoder().decode(this.#take(this.#uint(4))));
      case OPCODES.BINPUT:
        return void this.#memo.set(this.#uint(1), this.#top());
      case OPCODES.LONG_BINPUT:
        return void this.#memo.set(this.#uint(4), this.#top());
      case OPCODES.BINGET:
        return this.#recall(this.#uint(1));
      case OPCODES.LONG_BINGET:
        return this.#recall(this.#uint(4));
      case OPCODES.MARK:
        this.#outer.push(this.#stack);
        this.#stack = [];
        return;
      case OPCODES.EMPTY_TUPLE:
      case OPCODES.EMPTY_LIST:
        return this.#push([]);
      case OPCODES.TUPLE:
        return this.#push(this.#popMark());
      case OPCODES.TUPLE1:
      case OPCODES.TUPLE2:
      case OPCODES.TUPLE3:
        return this.#push(this.#popMany(opcode - OPCODES.TUPLE1 + 1));
      case OPCODES.APPEND:
        return this.#append(this.#popMany(1));
      case OPCODES.APPENDS:
        return this.#append(this.#popMark());
      case OPCODES.EMPTY_DICT:
        return this.#push(new Map());
      case OPCODES.SETITEM:
        return this.#setItems(this.#popMany(2));
      case OPCODES.SETITEMS:
        return this.#setItems(this.#popMark());
      case OPCODES.GLOBAL:
        return this.#global();
      case OPCODES.REDUCE:
        return this.#reduce();
      case OPCODES.BUILD:
        return this.#build();
      default:
        throw this.#error(
          `expected an opcode of plain data, got 0x${opcode.toString(16).padStart(2, "0")} ` +
            `(${JSON.stringify(String.fromCharCode(opcode))})`,
        );
    }
  }

  #protocol(): void {
    const version = this.#uint(1);
    if (version !== 2) throw this.#error(`expected protocol 2, got ${version}`);
  }

  #global(): void {
    const name = `${this.#line()}.${this.#line()}`;
    const call = this.#globals.get(name);
    if (!call) {
      const known = [...this.#globals.keys()].join(", ");
      throw this.#error(`expected one of the globals ${known}; got ${JSON.stringify(name)}`);
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
    for (let i = 0; i < items.length; i += 2)
      dict.set(
        this.#guard("key", () => text(items[i])),
        items[i + 1],
      );
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

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#position);
    if (end < 0) throw this.#error("expected a name that ends with a newline, got the end of the file");
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
      throw this.#error(`expected ${size} more bytes, got the end of the file`);
    }
    this.#position += size;
    return at;
  }

  #error(message: string, cause?: unknown): PickleError {
    return new PickleError(this.#opcodeAt, message, { cause });
  }
}

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

function describe(value: unknown): string {
  if (value === null) return "None";
  return Array.isArray(value) ? "a list" : value instanceof Map ? "a dictionary" : typeof value;
}

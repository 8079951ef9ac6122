import { PickleBytes } from "./pickle-bytes.ts";
import { type Buildable, PickleError, PickleGlobal, type PickleGlobals } from "./pickle-globals.ts";
import { dictKey, text } from "./python-values.ts";

const STOP = 0x2e;

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
  readonly #bytes: PickleBytes;
  readonly #globals: PickleGlobals;
  readonly #memo = new Map<number, unknown>();
  readonly #outer: unknown[][] = [];
  #stack: unknown[] = [];

  /** The opcodes that data without code needs, by their names in Python's `pickletools`. */
  readonly #steps = new Map<number, () => void>([
    [0x80, () => this.#protocol()], // PROTO
    [0x4e, () => this.#push(null)], // NONE
    [0x88, () => this.#push(true)], // NEWTRUE
    [0x89, () => this.#push(false)], // NEWFALSE
    [0x4a, () => this.#push(this.#bytes.int32())], // BININT
    [0x4b, () => this.#push(this.#bytes.uint(1))], // BININT1
    [0x4d, () => this.#push(this.#bytes.uint(2))], // BININT2
    [0x8a, () => this.#push(this.#bytes.integer(this.#bytes.uint(1)))], // LONG1
    [0x8b, () => this.#push(this.#bytes.integer(this.#bytes.uint(4)))], // LONG4
    [0x47, () => this.#push(this.#bytes.float64())], // BINFLOAT, big-endian
    [0x55, () => this.#push(this.#bytes.take(this.#bytes.uint(1)))], // SHORT_BINSTRING
    [0x54, () => this.#push(this.#bytes.take(this.#bytes.uint(4)))], // BINSTRING
    [0x58, () => this.#push(this.#bytes.utf8(this.#bytes.uint(4)))], // BINUNICODE
    [0x43, () => this.#push(this.#bytes.take(this.#bytes.uint(1)))], // SHORT_BINBYTES
    [0x42, () => this.#push(this.#bytes.take(this.#bytes.uint(4)))], // BINBYTES
    [0x8e, () => this.#push(this.#bytes.take(this.#bytes.uint64()))], // BINBYTES8
    [0x96, () => this.#push(this.#bytes.take(this.#bytes.uint64()))], // BYTEARRAY8
    [0x8c, () => this.#push(this.#bytes.utf8(this.#bytes.uint(1)))], // SHORT_BINUNICODE
    [0x95, () => void this.#bytes.skip(8)], // FRAME: how many bytes to read ahead
    [0x94, () => this.#remember(this.#memo.size)], // MEMOIZE
    [0x71, () => this.#remember(this.#bytes.uint(1))], // BINPUT
    [0x72, () => this.#remember(this.#bytes.uint(4))], // LONG_BINPUT
    [0x68, () => this.#recall(this.#bytes.uint(1))], // BINGET
    [0x6a, () => this.#recall(this.#bytes.uint(4))], // LONG_BINGET
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
    [0x63, () => this.#global(this.#bytes.line(), this.#bytes.line())], // GLOBAL
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
    this.#bytes = new PickleBytes(bytes, start);
    this.#globals = globals;
    if (!persistent) return;
    this.#steps.set(0x51, () => this.#outside(persistent)); // BINPERSID
    this.#steps.set(0x81, () => this.#reduce()); // NEWOBJ: REDUCE of a class
  }

  run(): PickleResult {
    for (;;) {
      this.#bytes.opcodeAt = this.#bytes.position;
      const opcode = this.#bytes.take(1)[0];
      if (opcode === STOP) return { value: this.#pop(), end: this.#bytes.position };
      const step = this.#steps.get(opcode);
      if (!step) {
        const code = `0x${opcode.toString(16).padStart(2, "0")}`;
        const letter = JSON.stringify(String.fromCharCode(opcode));
        throw this.#bytes.error(`expected an opcode of plain data, got opcode ${code} (${letter})`);
      }
      step();
    }
  }

  #protocol(): void {
    const version = this.#bytes.uint(1);
    if (!(version >= 2 && version <= 5)) throw this.#bytes.error(`expected protocol 2 to 5, got ${version}`);
  }

  #stackGlobal(): void {
    const [module, name] = this.#popMany(2).map((part) => this.#bytes.guard("global", () => text(part)));
    this.#global(module, name);
  }

  #global(module: string, member: string): void {
    const name = `${module}.${member}`;
    const call = this.#globals.get(name);
    if (!call) {
      throw new PickleError(
        this.#bytes.opcodeAt,
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
      throw this.#bytes.error("expected a global and a tuple of arguments for REDUCE, got something else");
    }
    this.#push(this.#bytes.guard(callee.name, () => callee.call(args)));
  }

  #outside(persistent: (id: unknown) => unknown): void {
    const id = this.#pop();
    this.#push(this.#bytes.guard("reference", () => persistent(id)));
  }

  #build(): void {
    const state = this.#pop();
    const target = this.#top() as Partial<Buildable> | null;
    if (typeof target?.setState !== "function") {
      throw this.#bytes.error("expected an array or dtype for BUILD, got something else");
    }
    this.#bytes.guard("BUILD", () => (target as Buildable).setState(state));
  }

  #append(items: unknown[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw this.#bytes.error("expected a list to append to, got something else");
    for (const item of items) list.push(item);
  }

  #setItems(items: unknown[]): void {
    const dict = this.#top();
    if (!(dict instanceof Map) || items.length % 2 !== 0) {
      throw this.#bytes.error("expected a dictionary and pairs of key and value, got something else");
    }
    for (let i = 0; i < items.length; i += 2) {
      const key = this.#bytes.guard("key", () => dictKey(items[i]));
      if (dict.has(key)) throw this.#bytes.error(`expected keys that differ, got ${String(key)} twice`);
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
    if (!this.#memo.has(index)) throw this.#bytes.error(`expected a stored value ${index}, got none`);
    this.#push(this.#memo.get(index));
  }

  #push(value: unknown): void {
    this.#stack.push(value);
  }

  #top(): unknown {
    if (this.#stack.length === 0) throw this.#bytes.error("expected a value on the stack, got none");
    return this.#stack[this.#stack.length - 1];
  }

  #pop(): unknown {
    return this.#popMany(1)[0];
  }

  #popMany(count: number): unknown[] {
    if (this.#stack.length < count) {
      throw this.#bytes.error(`expected ${count} values on the stack, got ${this.#stack.length}`);
    }
    return this.#stack.splice(this.#stack.length - count);
  }

  #popMark(): unknown[] {
    const items = this.#stack;
    const outer = this.#outer.pop();
    if (!outer) throw this.#bytes.error("expected a mark on the stack, got none");
    this.#stack = outer;
    return items;
  }
}

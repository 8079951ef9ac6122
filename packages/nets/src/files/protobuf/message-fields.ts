import type { OpenBytes } from "@amface/files";

/** A field of a protobuf message in a file: a number, or where its bytes stand. */
export interface MessageField {
  readonly field: number;
  /** A number's value, exact to 2⁵³; of bytes, how many there are. */
  readonly value: number;
  /** Whether it is bytes: a text, a message, or numbers in one piece. */
  readonly isBytes: boolean;
  readonly start: number;
  readonly end: number;
}

/** Longest text that is read; what is longer is cut. */
const LONGEST_TEXT = 4096;

/** Bytes that are read at once. */
const WINDOW = 1 << 16;

const TEXT = new TextDecoder();

/** A file of protobuf messages, of which only what is asked for comes into memory, and a window of 64 KiB at a time. */
export class MessageFile {
  readonly #bytes: Omit<OpenBytes, "close">;
  #window: Uint8Array = new Uint8Array(0);
  #from = 0;

  constructor(bytes: Omit<OpenBytes, "close">) {
    this.#bytes = bytes;
  }

  /**
   * The fields of the message from `start` to before `end`, in their order; values of bytes are passed over.
   *
   * @throws {RangeError} Where it is no message; the message goes on from "expected a protobuf message, but".
   */
  *fields(start = 0, end = this.#bytes.size): Generator<MessageField> {
    for (let at = start; at < end; ) {
      const tag = this.#varint(at, end);
      const [field, type] = [Math.floor(tag.value / 8), tag.value % 8];
      if (field === 0) throw new RangeError(`byte ${at} has a field without a number`);
      at = tag.end;
      if (type === 0 || type === 2) {
        const number = this.#varint(at, end);
        const isBytes = type === 2;
        at = number.end + (isBytes ? number.value : 0);
        if (at > end) throw new RangeError(`a field at byte ${number.end} reaches beyond the end`);
        yield { field, value: number.value, isBytes, start: isBytes ? number.end : tag.end, end: at };
      } else if (type === 1 || type === 5) {
        const size = type === 1 ? 8 : 4;
        if (at + size > end) throw new RangeError(`a field at byte ${at} reaches beyond the end`);
        yield { field, value: Number.NaN, isBytes: false, start: at, end: at + size };
        at += size;
      } else throw new RangeError(`byte ${at - 1} has a field of type ${type}`);
    }
  }

  /** The fields of a message within a message. */
  within({ start, end, isBytes, field }: MessageField): Generator<MessageField> {
    if (!isBytes) throw new RangeError(`field ${field} at byte ${start} is no message`);
    return this.fields(start, end);
  }

  /** A text, cut after 4,096 bytes. */
  text({ start, end, isBytes, field }: MessageField): string {
    if (!isBytes) throw new RangeError(`field ${field} at byte ${start} is no text`);
    const last = Math.min(end, start + LONGEST_TEXT);
    if (last === start) return "";
    this.#show(start, last);
    return TEXT.decode(this.#window.subarray(start - this.#from, last - this.#from));
  }

  /** A number of those that a field has alone or in one piece. */
  *numbers(field: MessageField): Generator<number> {
    if (!field.isBytes) yield field.value;
    else {
      for (let at = field.start; at < field.end; ) {
        const number = this.#varint(at, field.end);
        yield number.value;
        at = number.end;
      }
    }
  }

  /** Seven bits a byte, the lowest first. */
  #varint(start: number, limit: number): { value: number; end: number } {
    let value = 0;
    for (let factor = 1, at = start; at < start + 10; factor *= 128) {
      if (at >= limit) throw new RangeError(`a number at byte ${start} reaches beyond the end`);
      const byte = this.#byte(at++);
      value += (byte & 127) * factor;
      if (byte < 128) return { value, end: at };
    }
    throw new RangeError(`a number at byte ${start} has more than ten bytes`);
  }

  #byte(at: number): number {
    this.#show(at, at + 1);
    return this.#window[at - this.#from];
  }

  /** Moves the window where it does not show all of these bytes. */
  #show(start: number, end: number): void {
    if (start >= this.#from && end <= this.#from + this.#window.length) return;
    this.#window = this.#bytes.read(start, Math.min(start + WINDOW, this.#bytes.size));
    this.#from = start;
  }
}

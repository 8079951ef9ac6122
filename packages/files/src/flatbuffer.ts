/**
 * A table of a FlatBuffers message: its fields by number. Every access is checked against the message, and a vector is
 * never longer than it, so that damaged numbers end in a `RangeError` and not in a loop.
 */
export class FlatTable {
  readonly view: DataView;
  readonly #at: number;
  readonly #fields: number;

  constructor(view: DataView, at: number) {
    this.view = view;
    this.#at = at;
    this.#fields = at - view.getInt32(at, true);
  }

  /** The table that a message begins with. */
  static root(view: DataView): FlatTable {
    return new FlatTable(view, view.getUint32(0, true));
  }

  uint8(field: number, preset = 0): number {
    const at = this.#place(field);
    return at === undefined ? preset : this.view.getUint8(at);
  }

  int16(field: number, preset = 0): number {
    const at = this.#place(field);
    return at === undefined ? preset : this.view.getInt16(at, true);
  }

  int32(field: number, preset = 0): number {
    const at = this.#place(field);
    return at === undefined ? preset : this.view.getInt32(at, true);
  }

  int64(field: number): number {
    const at = this.#place(field);
    return at === undefined ? 0 : Number(this.view.getBigInt64(at, true));
  }

  text(field: number): string {
    const { start, count } = this.vector(field, 1);
    return new TextDecoder().decode(new Uint8Array(this.view.buffer, this.view.byteOffset + start, count));
  }

  table(field: number): FlatTable | undefined {
    const at = this.#place(field);
    return at === undefined ? undefined : new FlatTable(this.view, at + this.view.getUint32(at, true));
  }

  /** Where a vector of elements of so many bytes begins, and how many there are; none where the field is absent. */
  vector(field: number, bytes: number): { start: number; count: number } {
    const at = this.#place(field);
    if (at === undefined) return { start: 0, count: 0 };
    const vector = at + this.view.getUint32(at, true);
    const count = this.view.getUint32(vector, true);
    if (vector + 4 + count * bytes > this.view.byteLength) {
      throw new RangeError(
        `expected a vector within its message of ${this.view.byteLength} bytes, got ${count} elements`,
      );
    }
    return { start: vector + 4, count };
  }

  tables(field: number): FlatTable[] {
    const { start, count } = this.vector(field, 4);
    return Array.from({ length: count }, (_, i) => {
      const at = start + 4 * i;
      return new FlatTable(this.view, at + this.view.getUint32(at, true));
    });
  }

  #place(field: number): number | undefined {
    const size = this.view.getUint16(this.#fields, true);
    const offset = 4 + 2 * field < size ? this.view.getUint16(this.#fields + 4 + 2 * field, true) : 0;
    return offset === 0 ? undefined : this.#at + offset;
  }
}

/** Bytes of which a reader takes only the parts that it needs: a file, or what is in memory already. */
export interface ByteSource {
  /** In bytes. */
  readonly size: number;
  /** The bytes from `start` to before `end`, both within the source; not to be written to. */
  read(start: number, end: number): Uint8Array;
}

/** Bytes in memory, of which nothing is copied. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (start, end) => bytes.subarray(start, end) };
}

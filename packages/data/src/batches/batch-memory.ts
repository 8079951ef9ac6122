/** Batches' memory that is kept: more than are loaded ahead in common use. */
const MOST = 8;

const spare: ArrayBuffer[] = [];

/** Memory of exactly so many bytes that an earlier batch has given back, if there is any. */
export function takeMemory(bytes: number): ArrayBuffer | undefined {
  const at = spare.findIndex(({ byteLength }) => byteLength === bytes);
  return at < 0 ? undefined : spare.splice(at, 1)[0];
}

/** Keeps the memory of a batch for a later one: fresh pages cost more than what is written to them. */
export function giveMemory(memory: ArrayBuffer): void {
  spare.push(memory);
  if (spare.length > MOST) spare.shift();
}

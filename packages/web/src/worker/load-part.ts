import type { Box, BoxPart } from "../box.ts";

/** Told of bytes that have come. */
export type Loading = (name: string, loaded: number, total: number) => void;

let base = "./";
let box: Promise<Box> | undefined;

/** Says where the page is. */
export function setPage(address: string): void {
  base = address;
}

export const boxAddress = (file: string): string => new URL(`box/${file}`, base).href;

/** What the box holds, read once. */
export function loadBox(): Promise<Box> {
  box ??= fetchAll("box.json")
    .then((response) => response.json() as Promise<Box>)
    .catch((error) => {
      box = undefined;
      throw error;
    });
  return box;
}

/** A file of the box. @throws {Error} When it does not come, or not whole. */
export async function loadPart(
  { name, file, bytes: total }: BoxPart,
  loading: Loading,
): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetchAll(file);
  const bytes = new Uint8Array(total);
  let loaded = 0;
  const rest: Uint8Array[] = [];
  for (const reader = (response.body as ReadableStream<Uint8Array>).getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    // More comes where a host unzips a file on the way.
    if (loaded + value.length <= total && rest.length === 0) bytes.set(value, loaded);
    else rest.push(value);
    loaded += value.length;
    loading(name, Math.min(loaded, total), total);
  }
  if (loaded === total) return bytes;
  if (loaded > total) return joined(bytes, rest, loaded);
  throw new Error(`Cannot load the ${name}: expected ${total} bytes, got ${loaded}; load the page again`);
}

function joined(start: Uint8Array, rest: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length);
  let at = length;
  for (const part of [...rest].reverse()) {
    at -= part.length;
    all.set(part, at);
  }
  all.set(start.subarray(0, at));
  return all;
}

async function fetchAll(file: string): Promise<Response> {
  const response = await fetch(boxAddress(file)).catch((cause: Error) => {
    throw new Error(`Cannot load ${file}: ${cause.message}; check the connection and try again`, { cause });
  });
  if (response.ok) return response;
  throw new Error(`Cannot load ${file}: expected a file, got status ${response.status}`);
}

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

/** A file of the box. @throws {Error} When it does not come, or not whole, or is another. */
export async function loadPart(
  { name, file, bytes: total, sha256 }: BoxPart,
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
  if (loaded > total && file.endsWith(".gzip")) return joined(bytes, rest, loaded);
  const sum = await sha256Of(bytes);
  if (loaded === total && (sum ?? sha256) === sha256) return bytes;
  await forget(file);
  throw new Error(
    `Cannot load the ${name}: expected ${total} bytes with SHA-256 ${sha256}, got ${loaded} bytes with ${sum}; load the page again`,
  );
}

/** Pages of plain http cannot compute it. */
async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  if (!crypto.subtle) return undefined;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Else the service worker would answer with the same bytes again. */
async function forget(file: string): Promise<void> {
  for (const name of (await globalThis.caches?.keys()) ?? [])
    await (await caches.open(name)).delete(boxAddress(file));
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
  throw new Error(`Cannot load ${file}: expected a file, got status ${response.status}; load the page again`);
}

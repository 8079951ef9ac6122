/*
 * The page's service worker. It keeps every file that was loaded, so that the page works without a network, and answers
 * with the headers of headers.ts, so that threads work on hosts that cannot set them. A new version waits until a page asks for
 * it; pages of the older one, in other tabs, go on with its files, which `forget old versions` removes when they are closed.
 */

import { fetchWhole } from "./fetch-whole.ts";
import { HEADERS } from "./headers.ts";

const CACHE = "amface-__VERSION__";
/** Checksums of the page's files, but for what lies in the box, by path. */
const SHELL: Readonly<Record<string, string>> = "__FILES__" as never;
/** Names of what lies in the box: content of another name is another. */
const PARTS: readonly string[] = "__PARTS__" as never;

/** What is used of the service worker's scope, which the types of pages lack. */
interface Scope {
  readonly location: Location;
  readonly registration: ServiceWorkerRegistration;
  readonly clients: {
    claim(): Promise<void>;
    matchAll(of: object): Promise<{ postMessage(message: object): void }[]>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(
    type: "install" | "activate" | "message",
    listener: (event: MessageEvent & { waitUntil(work: Promise<unknown>): void }) => void,
  ): void;
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
}
interface FetchEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
  waitUntil(work: Promise<unknown>): void;
}
const scope = self as unknown as Scope;

scope.addEventListener("install", (event) => event.waitUntil(install()));
scope.addEventListener("activate", (event) => event.waitUntil(scope.clients.claim()));
scope.addEventListener("message", (event) => {
  if (event.data === "take over") event.waitUntil(scope.skipWaiting());
  if (event.data === "forget old versions") event.waitUntil(forgetOld());
});

async function install(): Promise<void> {
  try {
    const cache = await caches.open(CACHE);
    await Promise.all(Object.entries(SHELL).map(([path, sha256]) => keep(cache, path, sha256)));
    await Promise.all(PARTS.map((path) => takeOver(cache, path)));
    await tell({ notKept: undefined });
    if (!scope.registration.active) await scope.skipWaiting();
  } catch (error) {
    await caches.delete(CACHE);
    await tell({ notKept: (error as Error).message });
    throw error;
  }
}

/** Tells every open page whether this version is kept. */
async function tell(word: { notKept: string | undefined }): Promise<void> {
  for (const page of await pages()) page.postMessage(word);
}

/** Puts a file of this build into the cache. @throws {Error} Where the host has another, or alters what it serves. */
async function keep(cache: Cache, path: string, expected: string): Promise<void> {
  const response = await fetchWhole(new Request(path, { cache: "reload" }));
  const digest = await crypto.subtle.digest("SHA-256", await response.clone().arrayBuffer());
  const got = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (got !== expected) {
    throw new Error(
      `Cannot keep ${path}: expected SHA-256 ${expected}, got ${got}: a file of another build, as while the host is being renewed, ` +
        "or one that the host alters; it must serve files as they were built",
    );
  }
  await cache.put(path, response);
}

/** Takes a file over from an older version's cache, where one has it. */
async function takeOver(cache: Cache, path: string): Promise<void> {
  const kept = await caches.match(path);
  if (kept) await cache.put(path, kept);
}

const pages = () => scope.clients.matchAll({ type: "window", includeUncontrolled: true });

/** Removes the caches of older versions, unless another page may still be one of theirs, or a newer version is coming. */
async function forgetOld(): Promise<void> {
  const names = await caches.keys();
  const { installing, waiting } = scope.registration;
  if (installing || waiting || (await pages()).length > 1) return;
  for (const name of names) if (name.startsWith("amface-") && name !== CACHE) await caches.delete(name);
}

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== scope.location.origin) return;
  event.respondWith(answer(event));
});

async function answer(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const cache = await caches.open(CACHE);
  const page = request.mode === "navigate";
  const own = await cache.match(page ? "./" : request, { ignoreSearch: page });
  // A page of an older version asks for its files by their own names.
  const kept = own ?? (page ? undefined : await caches.match(request));
  if (kept) return isolated(kept);
  const response = await fetch(request);
  // Where nothing can be kept, the answer is good all the same.
  if (response.status === 200) event.waitUntil(cache.put(request, response.clone()).catch(() => {}));
  return isolated(response);
}

function isolated(response: Response): Response {
  if (response.type === "opaque" || response.status === 0) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

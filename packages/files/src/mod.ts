export { FileLock, LockedError } from "./file-lock.ts";
export { FlatTable } from "./flatbuffer.ts";
export { isBelow } from "./is-below.ts";
export * as jsonShape from "./json-shape.ts";
export {
  type Identity,
  IMAGE_EXTENSIONS,
  type ListIdentitiesOptions,
  listIdentities,
} from "./list-identities.ts";
export { makeFolder } from "./make-folder.ts";
export { nameKey } from "./name-key.ts";
export { type OpenBytes, openBytes } from "./open-bytes.ts";
export { parseJson } from "./parse-json.ts";
export { decodeText, readText } from "./read-text.ts";
export { WriteError } from "./write-error.ts";
export { removeLeftovers, type WriteOptions, writeFileAtomic } from "./write-file-atomic.ts";

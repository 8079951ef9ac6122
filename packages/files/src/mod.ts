export {
  type Identity,
  IMAGE_EXTENSIONS,
  type ListIdentitiesOptions,
  listIdentities,
} from "./list-identities.ts";
export { makeFolder } from "./make-folder.ts";
export { WriteError } from "./write-error.ts";
export { removeLeftovers, type WriteOptions, writeFileAtomic } from "./write-file-atomic.ts";

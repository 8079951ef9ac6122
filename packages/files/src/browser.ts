/* What needs no module of Node. */
export { nameKey } from "./name-key.ts";

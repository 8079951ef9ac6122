/* What needs no module of Node. */
export * as jsonShape from "./json-shape.ts";
export { nameKey } from "./name-key.ts";
export { parseJson } from "./parse-json.ts";

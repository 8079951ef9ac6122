/** A value of JSON of which nothing is known. */
type Json =
  | { readonly [name: string]: Json | undefined }
  | readonly Json[]
  | string
  | number
  | boolean
  | null;

const at = (value: Json | undefined, name: string | number): Json | undefined =>
  typeof value === "object" && value !== null ? (value as Record<string, Json>)[name] : undefined;

const listAt = (value: Json | undefined, name: string | number): readonly Json[] => {
  const found = at(value, name);
  return Array.isArray(found) ? found : [];
};

/** A call of a layer, and the calls whose results it takes. */
interface Call {
  readonly layer: string;
  readonly needs: readonly string[];
}

/**
 * Checks that the layers of a model, and of models within it, can be called one after the other, and that no size is beyond
 * any net's. TensorFlow.js waits for ever for a layer that is not there or that waits for itself, and counts up to any axis.
 *
 * @param topology `modelTopology` of a `model.json`.
 * @throws {RangeError} Where they cannot.
 */
export function checkTopology(topology: unknown): void {
  checkNumbers(topology as Json);
  checkLayers(at(at((topology as Json) ?? null, "model_config") ?? (topology as Json), "config"));
}

/** Beyond any axis, and any size of a layer. */
const LARGEST = 2 ** 24;

function checkNumbers(value: Json, name = ""): void {
  if (typeof value === "number" && name !== "seed" && Number.isInteger(value) && Math.abs(value) > LARGEST) {
    throw new RangeError(`${name} of ${value}`);
  }
  if (typeof value !== "object" || value === null) return;
  // Entries of a list go by the name of the list.
  for (const [key, each] of Object.entries(value) as [string, Json][])
    checkNumbers(each, Array.isArray(value) ? name : key);
}

function checkLayers(config: Json | undefined): void {
  const calls = new Map<string, Call>();
  const names = new Set<string>();
  const layers = layersOf(config);
  // Layers in a row have no calls of their own.
  const isGraph = layers.some((layer) => at(layer, "inbound_nodes") !== undefined);
  for (const layer of layers) {
    checkLayers(at(layer, "config"));
    if (!isGraph) continue;
    const name = nameOf(layer);
    if (name === undefined || names.has(name)) {
      throw new RangeError(
        `a layer without a name of its own: ${JSON.stringify(at(layer, "name")) ?? "none"}`,
      );
    }
    names.add(name);
    for (const [call, needs] of callsOf(layer, name)) calls.set(call, { layer: name, needs });
  }
  const missing = firstImpossible(calls);
  if (missing === undefined) return;
  throw new RangeError(
    `layer ${missing.layer} takes what ${missing.needs.join(", ")} give, of which one is missing or waits for it`,
  );
}

/** The layers of a model's config; a model of layers in a row may have no config but their list. */
const layersOf = (config: Json | undefined): readonly Json[] =>
  Array.isArray(config) ? config : listAt(config, "layers");

function nameOf(layer: Json): string | undefined {
  const name = at(layer, "name");
  return typeof name === "string" && at(at(layer, "config"), "name") === name ? name : undefined;
}

/** Names of a layer's calls, with those of the calls whose results they take. */
function callsOf(layer: Json, name: string): [call: string, needs: readonly string[]][] {
  const nodes = listAt(layer, "inbound_nodes");
  // Only an input layer is there without being called.
  if (at(layer, "class_name") === "InputLayer" && nodes.length === 0) return [[`${name}/0`, []]];
  // A model's first call, by which it came into being, is not among those in which others call it.
  const first = layersOf(at(layer, "config")).length > 0 ? 1 : 0;
  return nodes.map((node, i) => {
    if (!Array.isArray(node) || node.length === 0)
      throw new RangeError(`layer ${name} is called with nothing`);
    const needs = (node as readonly Json[]).map((input) => `${at(input, 0)}/${at(input, 1) ?? 0}`);
    return [`${name}/${first + i}`, needs];
  });
}

/** The first call that waits for one that is missing or that waits for it. */
function firstImpossible(calls: ReadonlyMap<string, Call>): Call | undefined {
  const waiting = new Map<string, string[]>();
  const open = new Map<string, number>();
  const ready: string[] = [];
  for (const [call, { needs }] of calls) {
    open.set(call, needs.length);
    if (needs.length === 0) ready.push(call);
    for (const need of needs) {
      const others = waiting.get(need);
      if (others) others.push(call);
      else waiting.set(need, [call]);
    }
  }
  for (const call of ready) {
    open.delete(call);
    for (const next of waiting.get(call) ?? []) {
      const left = open.get(next)! - 1;
      open.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  const [first] = open.keys();
  return first === undefined ? undefined : calls.get(first);
}

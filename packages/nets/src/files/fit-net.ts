import { createNet, NET_NAMES, type NetName } from "../architectures/create-net.ts";
import { netVariables } from "../architectures/net-variables.ts";
import { sizesOf, withoutPrefix } from "./import-net.ts";
import { PYTORCH } from "./pytorch-names.ts";

/** How weights of PyTorch's names fit a net. */
export interface NetFit {
  readonly net: NetName;
  readonly imageSize: readonly [number, number];
  readonly embeddingSize: number;
  /** Names of the net's weights that are not there, have another number of values, or are there and not the net's. */
  readonly missing: readonly string[];
  readonly different: readonly string[];
  readonly extra: readonly string[];
}

type Shapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/**
 * The net that weights of PyTorch's names and shapes fit best; `undefined` where none has an embedding of that name. Nets
 * are built for it, on the current backend, one after the other until one fits.
 */
export function fitNet(tensors: Shapes): NetFit | undefined {
  let best: NetFit | undefined;
  // `lresnet50e-ir` has the names of `iresnet50`, whose weights are more often met.
  const names = NET_NAMES.toSorted(
    (a, b) => Number(a.startsWith("lresnet")) - Number(b.startsWith("lresnet")),
  );
  for (const net of names) {
    const own = withoutPrefix(net, tensors);
    if (!own.has(PYTORCH.names(net, "embedding", "kernel")[0])) continue;
    const fit = compare(net, own);
    if (best === undefined || faults(fit) < faults(best)) best = fit;
    if (faults(fit) === 0) break;
  }
  return best;
}

const faults = ({ missing, different, extra }: NetFit) => missing.length + different.length + extra.length;

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function compare(net: NetName, own: Shapes): NetFit {
  // Without batch normalisation there are biases in its place, as in SphereFace's nets.
  const { model, options } = createNet(net, { ...sizesOf(net, own, PYTORCH), ...PYTORCH.defaults(net) });
  const rest = new Set([...own.keys()].filter((name) => !PYTORCH.isForeign(net, name)));
  const missing: string[] = [];
  const different: string[] = [];
  for (const { name, variable } of netVariables(model)) {
    const at = name.lastIndexOf("/");
    const [theirs] = PYTORCH.names(net, name.slice(0, at), name.slice(at + 1));
    const tensor = own.get(theirs);
    rest.delete(theirs);
    if (!tensor) missing.push(theirs);
    else if (sizeOf(tensor.shape) !== sizeOf(variable.shape)) different.push(theirs);
  }
  model.dispose();
  rest.delete(PYTORCH.names(net, "embedding", "bias")[0]); // folded into the normalisation behind it
  const { imageSize, embeddingSize } = options;
  return { net, imageSize, embeddingSize, missing, different, extra: [...rest] };
}

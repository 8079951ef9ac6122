import type { NetName } from "../architectures/create-net.ts";
import type { NetOptions } from "../architectures/options.ts";

/** How another program calls and lays out the weights of the nets. */
export interface ForeignNames {
  /** `pytorch`: convolutions `[out, in, H, W]`, maps flattened as `[C, H, W]`; `tensorflow`: as here. */
  readonly layout: "pytorch" | "tensorflow";
  /** The nets whose names are known. */
  readonly nets: readonly NetName[];
  /** What nets are there, unless the caller says otherwise. */
  defaults(net: string): NetOptions;
  /** What 8-bit pixels are divided by there, after 127.5 has been taken off. */
  divisor(net: string): number;
  /** Names that a layer's weight may have, `("mobilefacenet", "conv1/bn", "gamma")`; the first that exists counts. */
  names(net: string, layer: string, weight: string): readonly string[];
  /** The value of every element of a weight that the program leaves out of such a model; none where it never does. */
  implied?(weight: string, names: Iterable<string>): number | undefined;
  /** Whether a tensor is none of the net's, such as a head or an optimizer's. */
  isForeign(net: string, name: string): boolean;
}

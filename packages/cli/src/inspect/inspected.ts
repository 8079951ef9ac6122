import type { TensorHeader } from "@amface/numpy";

/** A tensor, array or column of a file. */
export interface InspectedTensor extends Omit<TensorHeader, "shape"> {
  readonly name: string;
  /** Sizes; names of those that are free. */
  readonly shape: readonly (number | string)[];
}

/** What a file is, by its first and last bytes. */
export interface Inspected {
  readonly format: string;
  readonly tensors: readonly InspectedTensor[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether its tensors may be a net's weights. */
  readonly isNet: boolean;
  /** Texts inside, by where they stand, that may speak of its licence beside the metadata. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** A name, type and shape in one line. */
export const shownTensor = ({ name, dtype, shape }: InspectedTensor) =>
  `${name}  ${dtype} [${shape.join(", ")}]`;

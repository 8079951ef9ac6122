import type { DistanceTable } from "@amface/lfw-eval";
import type { FaceNet } from "@amface/nets";
import type { ForeignModel } from "../foreign/foreign-model.ts";

/** Pairs with their distances, and what is known of where they are from. */
export interface Measured {
  readonly name: string;
  readonly pairs: string;
  readonly table: DistanceTable;
  readonly skippedPairs: number;
  /** Whether the pairs are of a list, whose folds are those asked for. */
  readonly isList?: boolean;
  /** Groups of the list's photos, each of which is also evaluated alone. */
  readonly groups?: readonly string[];
  readonly engine?: string;
  /** The model that was measured. */
  readonly net?: FaceNet | ForeignModel;
}

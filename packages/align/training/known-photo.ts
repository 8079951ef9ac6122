import type { Landmarks } from "@amface/align";
import type { LabelledPhoto } from "./labelled-photo.ts";

/** What is to be labelled: a photo, and the points of its faces where they are known. */
export interface KnownPhoto {
  readonly path: string;
  readonly kind: LabelledPhoto["kind"];
  readonly known: readonly Landmarks[];
}

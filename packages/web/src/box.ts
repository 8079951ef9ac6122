import type { ThresholdCard } from "@amface/lfw-eval";

/** A file of the box. */
export interface BoxPart {
  readonly name: string;
  /** Relative to the box. */
  readonly file: string;
  readonly bytes: number;
}

/** `box/box.json`: what the page computes with. */
export interface Box {
  /** ONNX Runtime's WebAssembly, gzipped. */
  readonly runtime: BoxPart;
  readonly detector: BoxPart;
  readonly embedder: {
    readonly part: BoxPart;
    readonly name: string;
    /** What it may be used for, where its card says so. */
    readonly terms: string | null;
    readonly thresholds: ThresholdCard | null;
  } | null;
}

import type { ThresholdCard } from "@amface/lfw-eval";

/** A file of the box. */
export interface BoxPart {
  readonly name: string;
  /** Relative to the box; its name has a part of the checksum, so that a box never reads the files of another. */
  readonly file: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** `box/box.json`: what the page computes with. */
export interface Box {
  /** ONNX Runtime's WebAssembly, gzipped. */
  readonly runtime: BoxPart;
  /** The module that starts it. */
  readonly runtimeStart: BoxPart;
  /** TensorFlow.js's WebAssembly, which finds faces: gzipped, for threads and for one; what starts its threads, and each of them. */
  readonly faces: {
    readonly threaded: BoxPart;
    readonly threadedStart: BoxPart;
    readonly thread: BoxPart;
    readonly single: BoxPart;
  };
  readonly detector: BoxPart;
  readonly embedder: {
    readonly part: BoxPart;
    readonly name: string;
    /** What it may be used for, where its card says so. */
    readonly terms: string | null;
    readonly thresholds: ThresholdCard | null;
  } | null;
}

/** All that is loaded before the first answer, with threads or without. */
export const partsOf = ({ runtime, runtimeStart, faces, detector, embedder }: Box): BoxPart[] => [
  runtime,
  runtimeStart,
  ...Object.values(faces),
  detector,
  ...(embedder ? [embedder.part] : []),
];

import type { EmbeddingModel } from "@amface/nets";
import type { Preprocessing } from "./preprocessing.ts";

/** Another program's model. */
export interface ForeignModel extends EmbeddingModel {
  /** SHA-256 of its files and of how its images are prepared, by which a threshold card knows it. */
  digest(): Promise<string>;
  /** How its images are prepared. */
  readonly preprocessing: Preprocessing;
  dispose(): void;
}

/** Whether a path is that of a model file which is run as it is, not of weights for one of amface's nets. */
export const isForeignModel = (path: string) => /\.(onnx|json)$/i.test(path);

/** Whether a path is that of a model which only ONNX Runtime runs. */
export const isOnnxModel = (path: string) => /\.onnx$/i.test(path);

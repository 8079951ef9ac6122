type Soon<T> = T | PromiseLike<T>;

/** P-Net's map `[6, mapHeight, mapWidth]`: logits of "no face" and "face", then four box offsets. */
export interface ProposalMap {
  readonly map: Float32Array;
  readonly mapHeight: number;
  readonly mapWidth: number;
}

/** The nets of a cascade like MTCNN's, wherever they run: at once, or after a while. Images are `(pixels - 127.5) / 128`. */
export interface FaceNets {
  /** Runs P-Net on `[1, 3, H, W]`. */
  propose(images: Float32Array, height: number, width: number): Soon<ProposalMap>;
  /** Runs R-Net on `[count, 3, 24, 24]`; gives `[count, 6]`. */
  refine(images: Float32Array, count: number): Soon<Float32Array>;
  /** Runs O-Net on `[count, 3, 48, 48]`; gives `[count, 16]`. */
  output(images: Float32Array, count: number): Soon<Float32Array>;
  /** Whether there is an L-Net. */
  readonly placesLandmarks: boolean;
  /** Runs L-Net on `[count, 3, 48, 48]`; gives `[count, 10]`. */
  place(images: Float32Array, count: number): Soon<Float32Array>;
}

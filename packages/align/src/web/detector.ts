import { DETECTOR_NETS, type DetectorNetName, type GetWeight } from "../nets/detector-nets.ts";
import type { FaceNets, ProposalMap } from "../nets/face-nets.ts";
import { LANDMARK_WINDOW } from "../warp/landmark-window.ts";
import { Net } from "./net.ts";
import { batchAsPixels, mapAsPlanes, planesAsPixels } from "./pixel-order.ts";
import { fullerBatch, longerSide } from "./rounded-sizes.ts";

/** The nets of the cascade on the backend that TensorFlow.js has set. */
export class Detector implements FaceNets {
  readonly name = "amface";
  /** SHA-256 of the weights' file, hexadecimal; empty where the page is no secure context, which then has no WebCrypto. */
  readonly weightsSha256: string;
  readonly #nets: Readonly<Record<DetectorNetName, Net>>;

  /** Use `loadDetector()`. */
  constructor(get: GetWeight, weightsSha256: string) {
    this.weightsSha256 = weightsSha256;
    const net = (name: DetectorNetName) => new Net(name, get);
    this.#nets = { pnet: net("pnet"), rnet: net("rnet"), onet: net("onet"), lnet: net("lnet") };
  }

  readonly placesLandmarks = true;

  /** Runs P-Net on `[1, 3, H, W]`. */
  async propose(images: Float32Array, height: number, width: number): Promise<ProposalMap> {
    const { pnet } = this.#nets;
    const [seenHeight, seenWidth] = [longerSide(height), longerSide(width)];
    const pixels = planesAsPixels(images, [height, width], [seenHeight, seenWidth]);
    const seen = await pnet.run(pixels, [1, seenHeight, seenWidth]);
    const [mapHeight, mapWidth] = [pnet.mapOf(height), pnet.mapOf(width)];
    const map = mapAsPlanes(seen.values, [mapHeight, mapWidth, pnet.outputs], seen.mapWidth);
    return { map, mapHeight, mapWidth };
  }

  /** Runs R-Net on `[count, 3, 24, 24]`; gives `[count, 6]`. */
  refine(images: Float32Array, count: number): Promise<Float32Array> {
    return this.#judge("rnet", images, count, DETECTOR_NETS.rnet.window);
  }

  /** Runs O-Net on `[count, 3, 48, 48]`; gives `[count, 16]`. */
  output(images: Float32Array, count: number): Promise<Float32Array> {
    return this.#judge("onet", images, count, DETECTOR_NETS.onet.window);
  }

  /** Runs L-Net on `[count, 3, 48, 48]`; gives `[count, 10]`. */
  place(images: Float32Array, count: number): Promise<Float32Array> {
    return this.#judge("lnet", images, count, LANDMARK_WINDOW);
  }

  /** Frees the nets. */
  dispose(): void {
    for (const net of Object.values(this.#nets)) net.dispose();
  }

  async #judge(
    name: DetectorNetName,
    images: Float32Array,
    count: number,
    side: number,
  ): Promise<Float32Array> {
    const net = this.#nets[name];
    const fuller = fullerBatch(count);
    const { values } = await net.run(batchAsPixels(images, [count, side], fuller), [fuller, side, side]);
    return values.subarray(0, count * net.outputs);
  }
}

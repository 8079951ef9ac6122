import { type FaceNet, type NamedTensor, netTensors } from "@amface/nets";

/** The variables of a ResFace20 under the names of the reference's checkpoints, written out by its naming. */
export async function asCheckpoint(net: FaceNet): Promise<Map<string, NamedTensor>> {
  const result = new Map<string, NamedTensor>();
  for (const { name, shape, data } of await netTensors(net.model)) {
    const theirs = name
      .replace("embedding/kernel", "Bottleneck/weights")
      .replace("embedding/bn", "Bottleneck/BatchNorm")
      .replace(/^stage(\d)\/down/, "Conv$1/Conv$1_pre")
      .replace(/^stage(\d)\/unit(\d)\/conv1/, "Conv$1/Conv$1/Conv$1_$2/Conv")
      .replace(/^stage(\d)\/unit(\d)\/conv2/, "Conv$1/Conv$1/Conv$1_$2/Conv_1")
      .replace("/bn/", "/BatchNorm/")
      .replace("prelu/alpha", "PRelu/prelu_alphas")
      .replace("/kernel", "/weights");
    const full = `Resface/${theirs}`;
    result.set(full, { name: full, shape: shape.filter((size) => size !== 1), data });
  }
  return result;
}

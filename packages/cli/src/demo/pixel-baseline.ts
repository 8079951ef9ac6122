import type { Embed } from "@amface/lfw-eval";

/** The crop itself as its embedding, less its mean: what comparing pixels is worth without any learning. */
export const pixelEmbedding: Embed = (crops) => {
  const size = crops[0].data.length;
  const embeddings = new Float32Array(crops.length * size);
  crops.forEach(({ data }, b) => {
    const mean = data.reduce((sum, value) => sum + value, 0) / size;
    for (let i = 0; i < size; i++) embeddings[b * size + i] = data[i] - mean;
  });
  return embeddings;
};

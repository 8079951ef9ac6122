import { createHash } from "node:crypto";
import type { NamedTensor } from "@amface/nets";
import { sampledTensors } from "../step/head-sample.ts";
import type { TrainState } from "../step/train-state.ts";

/** The values of all variables of a state, read from the device, and a sampled head's, which are borrowed. */
export async function stateTensors(state: TrainState): Promise<NamedTensor[]> {
  const tensors: NamedTensor[] = [];
  for (const { name, variable } of state.variables) {
    tensors.push({ name, shape: variable.shape, data: (await variable.data()) as Float32Array });
  }
  return [...tensors, ...sampledTensors(state)];
}

/** SHA-256 over names, shapes and values, in hexadecimal. */
export function tensorsDigest(tensors: Iterable<NamedTensor>): string {
  const hash = createHash("sha256");
  for (const { name, shape, data } of tensors) {
    hash.update(`${name} [${shape}]\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}

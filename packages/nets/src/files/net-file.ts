import {
  decodeSafetensors,
  encodeSafetensors,
  type NamedTensor,
  type Safetensors,
  type SafetensorsOptions,
} from "@amface/numpy";
import { tensor, tidy } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { createNet, type FaceNet } from "../architectures/create-net.ts";
import { netVariables } from "../architectures/net-variables.ts";
import type { NetOptions } from "../architectures/options.ts";

/** A file that is readable, but is not a saved net, or not of the net that it names. */
export class NetFileError extends Error {
  override readonly name = "NetFileError";
}

/** A net and what was saved with it. */
export interface LoadedNet {
  readonly net: FaceNet;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * A net as one safetensors file: its weights, and in the metadata its name, its options and whatever else the caller
 * wants to keep with it.
 *
 * @param metadata Further entries; `net` and `options` are taken.
 * @param options How the weights are stored; by default in float32.
 * @returns The file in pieces, to be written one after the other.
 * @throws {RangeError} Where a weight is too large for float16.
 */
export async function encodeNet(
  net: FaceNet,
  metadata: Readonly<Record<string, string>> = {},
  options?: SafetensorsOptions,
): Promise<Uint8Array[]> {
  return encodeSafetensors(await netTensors(net.model), { ...metadata, ...netMetadata(net) }, options);
}

/**
 * Builds the net of a file that `encodeNet` made; in a browser, of what `fetch` gave.
 *
 * @param source What the bytes are, for error messages.
 * @throws {SafetensorsError} For a damaged file, {NetFileError} for one that holds something else.
 */
export function decodeNet(bytes: Uint8Array, source: string): LoadedNet {
  const { tensors, metadata } = decodeSafetensors(bytes, source);
  const net = createSavedNet(metadata, source);
  try {
    assignNet(net.model, tensors, source);
  } catch (error) {
    net.model.dispose();
    throw error;
  }
  return { net, metadata };
}

/** The metadata that `createSavedNet` builds a net from. */
export function netMetadata(net: FaceNet): Record<string, string> {
  return { net: net.name, options: JSON.stringify(net.options) };
}

/** Builds the net, with fresh weights, that a file's metadata names. */
export function createSavedNet(metadata: Readonly<Record<string, string>>, source: string): FaceNet {
  if (metadata.net === undefined || metadata.options === undefined) {
    throw new NetFileError(
      `Cannot load a net from ${source}: expected its metadata to name a net and its options`,
    );
  }
  try {
    return createNet(metadata.net, JSON.parse(metadata.options) as NetOptions);
  } catch (error) {
    throw new NetFileError(`Cannot load a net from ${source}: ${(error as Error).message}`, { cause: error });
  }
}

/** All variables of a net with their values. */
export async function netTensors(model: LayersModel): Promise<NamedTensor[]> {
  const tensors: NamedTensor[] = [];
  for (const { name, variable } of netVariables(model)) {
    tensors.push({ name, shape: variable.shape, data: (await variable.data()) as Float32Array });
  }
  return tensors;
}

/**
 * Gives a net the weights of a file, all of them or none.
 *
 * @throws {NetFileError} Where a tensor is missing, has another shape, or is not of this net.
 */
export function assignNet(model: LayersModel, tensors: Safetensors["tensors"], source: string): void {
  const variables = netVariables(model);
  const fail = (expected: string, got: string): never => {
    throw new NetFileError(`Cannot load a net from ${source}: expected ${expected}, got ${got}`);
  };
  for (const { name, variable } of variables) {
    const saved = tensors.get(name) ?? fail(`a tensor ${name}`, "none");
    if (String(saved.shape) !== String(variable.shape)) {
      fail(`${name} of shape [${variable.shape}]`, `[${saved.shape}]`);
    }
  }
  const known = new Set(variables.map(({ name }) => name));
  for (const name of tensors.keys()) if (!known.has(name)) fail("only this net's tensors", name);
  tidy(() => {
    for (const { name, variable } of variables) {
      variable.assign(tensor((tensors.get(name) as NamedTensor).data, variable.shape));
    }
  });
}

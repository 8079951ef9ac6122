/// <reference lib="dom" />
import { WeightsError } from "@amface/weights";
import { amfaceWeights } from "../nets/amface-weights.ts";
import { Detector } from "./detector.ts";

/**
 * Makes a detector of `detector.safetensors` from `@amface/weights`, on the backend that TensorFlow.js has set.
 *
 * @param weights The file's bytes, or its address, which is fetched.
 * @throws {WeightsError} When the address does not answer with a file, or that is damaged or of other nets.
 */
export async function loadDetector(weights: Uint8Array | ArrayBuffer | URL | string): Promise<Detector> {
  const named = typeof weights === "string" || weights instanceof URL;
  const bytes = named ? await fetchBytes(String(weights)) : new Uint8Array(weights);
  return new Detector(amfaceWeights(bytes, named ? String(weights) : "detector"), await sha256(bytes));
}

async function fetchBytes(address: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(address).catch((cause: Error) => {
    throw new WeightsError(`Cannot load the detector's weights ${address}: ${cause.message}`, { cause });
  });
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  throw new WeightsError(
    `Cannot load the detector's weights ${address}: expected a file, got status ${response.status}; ` +
      "serve weights/detector.safetensors of @amface/weights there",
  );
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // Pages that are no secure context have none, whatever the types say.
  const subtle = crypto.subtle as SubtleCrypto | undefined;
  if (subtle === undefined) return "";
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

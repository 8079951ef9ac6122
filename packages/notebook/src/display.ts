import { createRequire } from "node:module";
import { denoBroadcast } from "./deno-display.ts";

/** Representations of one thing by MIME type; the front end picks the richest that it knows. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/**
 * Shows one thing below the running cell, of tslab or of Deno's kernel. (tslab's own `display` takes one MIME type an
 * output, so that a figure would come twice.)
 *
 * @param place Where it can be replaced later: the first thing with an `id` is shown, one that is an `update` takes the
 *   place of what has that id.
 * @returns Under Deno, when it is on its way to the front end.
 * @throws {Error} Outside of these kernels.
 */
export function displayBundle(
  data: MimeBundle,
  place?: { readonly id: string; readonly update: boolean },
): Promise<void> | undefined {
  const transient = place === undefined ? {} : { display_id: place.id };
  const content = { data, metadata: {}, transient };
  const update = place?.update ?? false;
  const broadcast = denoBroadcast();
  if (broadcast) return broadcast(update ? "update_display_data" : "display_data", content);
  // The very module that the kernel runs, whose current cell is set there; loaded late, it brings TypeScript.
  const kernel = createRequire(import.meta.url)("tslab/dist/jupyter.js");
  if (!kernel.lastWriteDisplayData) {
    throw new Error("Cannot show a result: expected a cell of a notebook in the TypeScript kernel, got none");
  }
  kernel.lastWriteDisplayData(content, update);
  return undefined;
}

/** PNG bytes as notebooks hold them. */
export function pngBundle(png: Uint8Array): MimeBundle {
  return { "image/png": Buffer.from(png).toString("base64") };
}

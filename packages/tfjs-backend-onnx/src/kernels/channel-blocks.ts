import type { Emitter } from "../lazy/kernel.ts";

/** Images `[B, C, H, W]` with channels in blocks, as numbers of a vector lie, `[B, C / b, H, W, b]`; once for all that want them. */
export function inBlocks(cx: Emitter, images: string): string {
  return cx.once(`blocks ${images}`, () => cx.graph.node("com.microsoft.nchwc.ReorderInput", [images]));
}

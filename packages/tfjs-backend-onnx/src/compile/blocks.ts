import type { Emitter } from "../lazy/kernel.ts";

/** Images `[B, C, H, W]` with channels in blocks, as numbers of a vector lie, `[B, C / b, H, W, b]`; once for all that want them. */
export function inBlocks(cx: Emitter, images: string): string {
  return cx.once(`blocks ${images}`, () => cx.graph.node("com.microsoft.nchwc.ReorderInput", [images]));
}

/** The same out of `[H, W, B, C]`, the channels of all images at once; `undefined` where they are no whole blocks. */
export function rowsInBlocks(
  cx: Emitter,
  images: string,
  [batch, height, width, channels]: readonly number[],
): string | undefined {
  if (channels % cx.blockSize > 0) return undefined;
  const together = cx.reshape(images, [1, height, width, batch * channels]);
  const blocks = cx.once(`blocks of rows ${together}`, () =>
    cx.graph.node("com.microsoft.nchwc.ReorderInput", [together], { channels_last: 1 }),
  );
  return cx.reshape(blocks, [batch, channels, height, width]);
}

/** Images in blocks as `[B, C, H, W]`. */
export function outOfBlocks(cx: Emitter, blocks: string, channels: number): string {
  return cx.once(`images ${blocks}`, () =>
    cx.graph.node("com.microsoft.nchwc.ReorderOutput", [blocks], { channels }),
  );
}

/** Images in blocks, each channel multiplied by the number that a vector has for it, plus that of another where it is given. */
export function scaledBlocks(
  cx: Emitter,
  blocks: string,
  channels: number,
  [factor, ...shift]: readonly string[],
): string {
  const inputs = [blocks, cx.reshape(factor, [channels, 1, 1, 1]), ...shift];
  const attributes = { group: channels, kernel_shape: [1, 1] };
  return cx.graph.node("com.microsoft.nchwc.Conv", inputs, attributes);
}

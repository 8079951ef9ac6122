import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodePng } from "@amface/images";

/** Writes `[B, H, W, 3]` pixels as crops of one identity, in their order. */
export async function writeCrops(
  dir: string,
  pixels: Uint8Array,
  [height, width]: readonly [number, number],
): Promise<void> {
  const folder = join(dir, "somebody");
  await mkdir(folder, { recursive: true });
  const each = height * width * 3;
  for (let i = 0; i < pixels.length / each; i++) {
    const data = pixels.slice(i * each, (i + 1) * each);
    await writeFile(
      join(folder, `${String(i).padStart(3, "0")}.png`),
      await encodePng({ data, width, height }),
    );
  }
}

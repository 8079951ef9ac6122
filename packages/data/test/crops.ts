import { rmSync } from "node:fs";
import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RgbImage, writePng } from "@amface/images";

/** The size of the crops in these tests: height, width. */
export const SIZE = [4, 6] as const;

/** A crop that tells which one it is (red) and which half is left (green 200; right 0). */
export function crop(number: number, [height, width]: readonly [number, number] = SIZE): RgbImage {
  const data = new Uint8Array(height * width * 3);
  for (let i = 0; i < height * width; i++) data.set([number, i % width < width / 2 ? 200 : 0, 7], i * 3);
  return { data, width, height };
}

/** A folder that is removed when the tests end. */
export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "amface-data-"));
  process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Writes identities of `counts` photos, numbered through; `p00/00.png` is crop 0. */
export async function writeCrops(dir: string, counts: readonly number[]): Promise<string> {
  let number = 0;
  for (let person = 0; person < counts.length; person++) {
    const name = `p${String(person).padStart(2, "0")}`;
    await mkdir(join(dir, name), { recursive: true });
    for (let photo = 0; photo < counts[person]; photo++) {
      await writePng(join(dir, name, `${String(photo).padStart(2, "0")}.png`), crop(number++));
    }
  }
  return dir;
}

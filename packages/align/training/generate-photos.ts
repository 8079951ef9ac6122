import { join } from "node:path";
import type { Landmarks } from "@amface/align";
import { renderFace, renderScene } from "@amface/data";
import { makeFolder } from "@amface/files";
import { writePng } from "@amface/images";

/** Draws scenes of several people and single faces into a folder, and tells where their points are. */
export async function generatePhotos(
  dir: string,
  { scenes, faces, seed }: { scenes: number; faces: number; seed: number },
) {
  await makeFolder(dir);
  const photos: { path: string; kind: "generated"; known: Landmarks[] }[] = [];
  for (let i = 0; i < scenes; i++) {
    const scene = renderScene(i, {
      width: 320,
      height: 240,
      faces: 1 + (i % 5),
      faceHeight: [24, 150],
      seed,
    });
    const path = join(dir, `scene-${i}.png`);
    await writePng(path, scene.image);
    photos.push({
      path,
      kind: "generated",
      known: scene.faces.filter(({ visible }) => visible > 0.6).map(({ landmarks }) => landmarks),
    });
  }
  for (let i = 0; i < faces; i++) {
    const { image, landmarks } = renderFace(i, 0, { size: 160, seed });
    const path = join(dir, `face-${i}.png`);
    await writePng(path, image);
    photos.push({ path, kind: "generated", known: [landmarks] });
  }
  return photos;
}

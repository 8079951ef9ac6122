// Draws generated faces and a scene and prints a hash of their pixels, and whether threads change the files; the
// same program runs in every runtime.
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateFaces, perceptualHash, renderFace, renderScene } from "@amface/data";

const hash = createHash("sha256");
for (let identity = 0; identity < 8; identity++) {
  for (let photo = 1; photo <= 2; photo++) hash.update(renderFace(identity, photo, { seed: 5 }).image.data);
}
const scene = renderScene(3, { width: 320, height: 240, faces: 5, seed: 5 });
hash.update(scene.image.data);
hash.update(JSON.stringify(scene.faces));

const dir = await mkdtemp(join(tmpdir(), "amface-generated-"));
const files = [];
for (const workers of [0, 2]) {
  const faces = join(dir, `workers-${workers}`);
  await generateFaces(faces, { identities: 2, photos: 2, size: 48, workers });
  files.push(await readFile(join(faces, "face00001", "face00001_0002.jpg")));
}
await rm(dir, { recursive: true });

console.log(
  JSON.stringify({
    pictures: hash.digest("hex").slice(0, 32),
    perceptual: perceptualHash(scene.image),
    threadsAgree: files[0].equals(files[1]),
  }),
);

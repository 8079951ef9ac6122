// Draws generated faces and a scene and prints a hash of their pixels; the same program runs in every runtime.
import { createHash } from "node:crypto";
import { perceptualHash, renderFace, renderScene } from "@amface/data";

const hash = createHash("sha256");
for (let identity = 0; identity < 8; identity++) {
  for (let photo = 1; photo <= 2; photo++) hash.update(renderFace(identity, photo, { seed: 5 }).image.data);
}
const scene = renderScene(3, { width: 320, height: 240, faces: 5, seed: 5 });
hash.update(scene.image.data);
hash.update(JSON.stringify(scene.faces));
console.log(
  JSON.stringify({ pictures: hash.digest("hex").slice(0, 32), perceptual: perceptualHash(scene.image) }),
);

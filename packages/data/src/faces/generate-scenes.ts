import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@amface/files";
import { encodeJpeg } from "@amface/images";
import { claimGeneratedFolder } from "./claim-generated-folder.ts";
import { FACE_VERSION } from "./generate-faces.ts";
import { renderScene, type SceneFace, type SceneOptions } from "./render-scene.ts";

export interface GenerateScenesOptions extends SceneOptions {
  /** How many scenes. */
  readonly scenes: number;
  /** Called after every scene. */
  readonly onProgress?: (progress: { done: number; total: number }) => void;
  /** Stops between two scenes. */
  readonly signal?: AbortSignal;
}

const SCENES_FILE = "scenes.json";

/**
 * Writes generated photos of several people, `dir/scene00000.jpg`, and beside them `scenes.json`: for every photo its
 * faces with identity, box, landmarks and visible share, and `generator.json` with what the pictures depend on.
 *
 * Every file appears whole or not at all, `scenes.json` last. The same call again writes the same files; further scenes
 * of an earlier call that are still there stay in `scenes.json`.
 *
 * @throws {RangeError} When an option is out of range.
 * @throws {WriteError} When the disk is full or the folder cannot be made.
 * @throws {Error} When the folder holds anything else.
 * @throws The signal's reason, when it aborts.
 */
export async function generateScenes(dir: string, options: GenerateScenesOptions): Promise<void> {
  const { scenes, onProgress, signal, ...settings } = options;
  if (!Number.isInteger(scenes) || scenes < 1) {
    throw new RangeError(`Cannot generate scenes: expected scenes to be an integer >= 1, got ${scenes}`);
  }
  signal?.throwIfAborted();
  await claimGeneratedFolder(
    dir,
    `${JSON.stringify({ generator: "amface scenes", version: FACE_VERSION, ...settings })}\n`,
  );
  const found = await earlierScenes(dir);
  for (let scene = 0; scene < scenes; scene++) {
    signal?.throwIfAborted();
    const { image, faces, jpegQuality } = renderScene(scene, settings);
    const file = `scene${String(scene).padStart(5, "0")}.jpg`;
    await writeFileAtomic(join(dir, file), await encodeJpeg(image, jpegQuality), { sync: false });
    found[file] = faces;
    onProgress?.({ done: scene + 1, total: scenes });
  }
  const sorted = Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1));
  await writeFileAtomic(join(dir, SCENES_FILE), `${JSON.stringify(Object.fromEntries(sorted))}\n`);
}

/** What is known of the scenes that are in the folder. */
async function earlierScenes(dir: string): Promise<Record<string, readonly SceneFace[]>> {
  const text = await readFile(join(dir, SCENES_FILE), "utf8").catch(() => "{}");
  const present = new Set(await readdir(dir));
  const scenes = Object.entries(JSON.parse(text) as Record<string, readonly SceneFace[]>);
  return Object.fromEntries(scenes.filter(([file]) => present.has(file)));
}

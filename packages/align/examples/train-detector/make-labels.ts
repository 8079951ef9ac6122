import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { loadDetector } from "@amface/align";
import { makeFolder, writeFileAtomic } from "@amface/images";
import { generatePhotos } from "./generate-photos.ts";
import { type Labels, labelPhotos } from "./label-photos.ts";

/** Labels the photos, or reads the labels where an earlier run left them in `workDir`. */
export async function makeLabels(dataDir: string, workDir: string, seed: number): Promise<Labels> {
  const file = join(workDir, "labels.json");
  if (await stat(file).catch(() => undefined)) {
    return JSON.parse(await readFile(file, "utf8"));
  }
  await makeFolder(workDir);
  const generated = await generatePhotos(join(workDir, "generated"), { scenes: 800, faces: 800, seed });
  const teacher = await loadDetector(join(dataDir, "weights"), { threads: 2 });
  const labels = await labelPhotos(teacher, dataDir, generated, (done, all) => {
    if (done % 500 === 0) console.error(`labelled ${done} of ${all} photos`);
  });
  teacher.dispose();
  await writeFileAtomic(file, JSON.stringify(labels));
  return labels;
}

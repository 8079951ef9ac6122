import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@amface/files";
import { generatePhotos } from "./generate-photos.ts";
import { type Labels, labelPhotos } from "./label-photos.ts";

/** Labels the photos, or reads the labels that an earlier run left in `workDir`. */
export async function makeLabels(
  dataDir: string,
  workDir: string,
  { seed, threads }: { readonly seed: number; readonly threads: number },
): Promise<Labels> {
  const file = join(workDir, "labels.json");
  if (await stat(file).catch(() => undefined)) return JSON.parse(await readFile(file, "utf8"));
  const generated = await generatePhotos(join(workDir, "generated"), { scenes: 800, faces: 800, seed });
  const labels = await labelPhotos(dataDir, generated, threads, (done, all) => {
    if (done % 1000 === 0) console.error(`labelled ${done} of ${all} photos`);
  });
  await writeFileAtomic(file, JSON.stringify(labels));
  return labels;
}

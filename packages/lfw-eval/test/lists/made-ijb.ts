import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Embeddings } from "../../src/mod.ts";
import { seeded } from "../seeded.ts";

const SUBJECTS = 40;
const SIZE = 16;

/** Writes lists of IJB-C's form of made-up people, of whom every second is in either gallery; gives their photos' embeddings. */
export async function madeIjb(dir: string, seed = 1): Promise<Embeddings> {
  const next = seeded(seed);
  const centre = Array.from({ length: SUBJECTS }, () => Array.from({ length: SIZE }, () => next() - 0.5));
  const faces: string[] = [];
  const points: string[] = [];
  const values: number[] = [];
  const templates: { id: number; subject: number }[] = [];
  let medium = 100;
  for (let subject = 0; subject < SUBJECTS; subject++) {
    for (let t = 0; t < 4; t++) {
      // Numbers have gaps and no order, as the real ones.
      const id = ((templates.length * 37) % 160) * 3 + 11;
      templates.push({ id, subject });
      for (let m = 0; m < 1 + (t % 3); m++) {
        medium++;
        for (let frame = 0; frame < 1 + ((subject + m) % 3); frame++) {
          const photo = `${faces.length + 1}.jpg`;
          const score = (0.3 + 0.7 * next()).toFixed(6);
          faces.push(`${photo} ${id} ${medium}`);
          points.push(
            `${photo} ${Array.from({ length: 10 }, () => (100 * next()).toFixed(3)).join(" ")} ${score}`,
          );
          const length = 5 + 10 * next();
          values.push(...centre[subject].map((value) => length * (value + 0.9 * (next() - 0.5))));
        }
      }
    }
  }
  const pairs: string[] = [];
  for (const [i, a] of templates.entries()) {
    for (const b of templates.slice(0, i)) {
      if (a.subject === b.subject || next() < 0.5)
        pairs.push(`${a.id} ${b.id} ${Number(a.subject === b.subject)}`);
    }
  }
  const csv = (rows: readonly { id: number; subject: number }[]) =>
    // One row a photo: a template comes several times.
    [
      "TEMPLATE_ID,SUBJECT_ID,FILENAME",
      ...rows.flatMap(({ id, subject }) => [1, 2].map((n) => `${id},${subject},img/${n}.jpg`)),
    ].join("\r\n");
  const lists = {
    "face_tid_mid.txt": faces.join("\n"),
    "name_5pts_score.txt": `${points.join("\n")}\n`,
    "template_pair_label.txt": `${pairs.join("\n")}\n`,
    "1N_gallery_G1.csv": csv(templates.filter(({ subject }, i) => i % 4 === 0 && subject % 2 === 0)),
    "1N_gallery_G2.csv": csv(templates.filter(({ subject }, i) => i % 4 === 0 && subject % 2 === 1)),
    "1N_probe_mixed.csv": csv(templates.filter((_, i) => i % 4 > 0)),
  };
  await Promise.all(Object.entries(lists).map(([name, text]) => writeFile(join(dir, `ijbc_${name}`), text)));
  return { data: Float32Array.from(values), size: SIZE };
}

import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { alignFace } from "@amface/align";
import { renderFace } from "@amface/data";
import { encodeJpeg, writePng } from "@amface/images";
import { writeEmbeddings } from "../../packages/cli/src/embeddings/write-embeddings.ts";

const PEOPLE = ["Ann", "Bob", "Eve", "Joe", "Kim", "Lea"];
const PHOTOS = 12;

/**
 * Writes what the READMEs' examples read: `photo.jpg`, `photos/`, `crops/`, `lfw-crops/` with `pairs.txt`, embeddings, a
 * pickle, a notebook.
 */
export async function writeExampleInputs(dir: string): Promise<void> {
  const paths: string[] = [];
  for (const [identity, person] of PEOPLE.entries()) {
    for (const folder of ["photos", "crops"]) await mkdir(join(dir, folder, person), { recursive: true });
    for (let i = 1; i <= PHOTOS; i++) {
      const { image, landmarks } = renderFace(identity, i, { size: 256 });
      const name = `${person}/${person}_${String(i).padStart(4, "0")}`;
      await writePng(join(dir, "crops", `${name}.png`), alignFace(image, landmarks));
      paths.push(`${name}.png`);
      if (i <= 2) await writeFile(join(dir, "photos", `${name}.jpg`), await encodeJpeg(image, 90));
    }
  }
  await cp(join(dir, "photos", "Ann", "Ann_0001.jpg"), join(dir, "photo.jpg"));
  await cp(join(dir, "crops"), join(dir, "lfw-crops"), { recursive: true });
  await writeFile(join(dir, "pairs.txt"), pairs());
  const data = Float32Array.from(
    paths.flatMap((_, i) => [1 + (i % PHOTOS) / PHOTOS, Math.floor(i / PHOTOS)]),
  );
  await writeEmbeddings(join(dir, "embeddings.npy"), { names: paths, data, size: 2 });
  // pickle.dumps({"Ann": 0, "Bob": 1}, 2)
  await writeFile(
    join(dir, "labels.pkl"),
    Buffer.from("gAJ9cQAoWAMAAABBbm5xAUsAWAMAAABCb2JxAksBdS4=", "base64"),
  );
  await writeFile(join(dir, "notebook.ipynb"), notebook(["const two = 1 + 1;\nconsole.log(two);"]));
}

/** Two folds, each with a same and a different pair of every person. */
function pairs(): string {
  const fold = (first: number) => [
    ...PEOPLE.map((person) => `${person}\t${first}\t${first + 1}`),
    ...PEOPLE.map((person, i) => `${person}\t${first}\t${PEOPLE[(i + 1) % PEOPLE.length]}\t${first + 2}`),
  ];
  return `${[`2\t${PEOPLE.length}`, ...fold(1), ...fold(5)].join("\n")}\n`;
}

/** A notebook of the TypeScript kernel, of code cells. */
export function notebook(cells: readonly string[]): string {
  return JSON.stringify({
    cells: cells.map((source) => ({
      ...{ cell_type: "code", execution_count: null, metadata: {}, outputs: [] },
      source,
    })),
    metadata: { kernelspec: { display_name: "TypeScript", language: "typescript", name: "tslab" } },
    ...{ nbformat: 4, nbformat_minor: 5 },
  });
}

import { filterByCentre, writeExclusions } from "@amface/data";
import { defineCommand } from "../command/command.ts";
import { integer, number } from "../command/parse.ts";
import { readEmbeddings } from "../embeddings/read-embeddings.ts";
import { tableOptions, writeTable } from "../options/table-option.ts";

const options = {
  embeddings: {
    value: "FILE",
    help: "file of amface embed: .npy with its .json beside it, .npz, .parquet or .arrow",
    required: true,
  },
  "filter-percentile": {
    value: "P",
    help: "keep the photos nearest to their identity's centre, so many percent of all",
    parse: number(0.001, 100),
    default: "97",
  },
  "filter-min-nrof-images-per-class": {
    value: "N",
    help: "leave out identities of which fewer photos are left",
    parse: integer(1),
    default: "1",
  },
  ...tableOptions,
} as const;

export const filter = defineCommand({
  options,
  examples: [
    "amface filter --embeddings embeddings.npy --filter-percentile 97 --output filter.csv --exclude noise.txt",
    "amface train --data-dir crops --exclude-file noise.txt",
  ],
  async run({ embeddings, output, exclude, ...options }) {
    const rows = filterByCentre(await readEmbeddings(embeddings), {
      percentile: options["filter-percentile"],
      minImagesPerIdentity: options["filter-min-nrof-images-per-class"],
    });
    const left = rows.filter(({ keep }) => !keep);
    if (output !== undefined) {
      await writeTable(output, ["path", "identity", "distance", "keep", "reason"], rows);
    }
    if (exclude !== undefined) {
      await writeExclusions(
        exclude,
        left.map(({ path }) => path),
      );
    }
    const near = rows.filter(({ reason }) => reason !== "far");
    const all = new Set(rows.map(({ identity }) => identity));
    const kept = new Set(rows.filter(({ keep }) => keep).map(({ identity }) => identity));
    return {
      photos: rows.length,
      kept: rows.length - left.length,
      far: rows.length - near.length,
      few: left.filter(({ reason }) => reason === "few").length,
      identities: all.size,
      identitiesKept: kept.size,
      maxDistance: near.reduce((most, { distance }) => Math.max(most, distance), 0),
      farthest: left.toSorted((a, b) => b.distance - a.distance).slice(0, 10),
    };
  },
  render: ({ photos, kept, far, few, identities, identitiesKept, maxDistance, farthest }) =>
    [
      `${kept} of ${photos} photos and ${identitiesKept} of ${identities} identities are kept; ${far} photos lie beyond ` +
        `distance ${maxDistance.toFixed(3)}, ${few} belong to identities with too few left`,
      ...farthest.map(({ path, distance }) => `  ${distance.toFixed(3)}  ${path}`),
    ].join("\n"),
});

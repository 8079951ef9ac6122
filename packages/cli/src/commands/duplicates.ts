import { findDuplicates, hashPhotos, writeExclusions } from "@amface/data";
import { listIdentities } from "@amface/files";
import { defineCommand } from "../command/command.ts";
import { integer } from "../command/parse.ts";
import { checkTables, tableOptions, writeTable } from "../options/table-option.ts";

const options = {
  "input-dir": { value: "DIR", help: "identity folders of photos", required: true },
  "max-distance": {
    value: "BITS",
    help: "bits of 64 in which the perceptual hashes of two copies may differ",
    parse: integer(0, 31),
    default: "4",
  },
  ...tableOptions,
} as const;

export const duplicates = defineCommand({
  options,
  examples: ["amface duplicates --input-dir photos --output duplicates.csv --exclude copies.txt"],
  async run({ "input-dir": dir, "max-distance": maxDistance, output, exclude }, _, { reporter, signal }) {
    await checkTables({ output, exclude });
    const files = (await listIdentities(dir)).flatMap(({ files }) => files);
    const progress = reporter.progress("hash", files.length, "photos");
    let skipped = 0;
    const photos = await hashPhotos(dir, files, {
      onSkip: ({ error }) => {
        skipped++;
        reporter.warn(`Skipped: ${error.message}`);
      },
      onProgress: (done) => {
        signal.throwIfAborted();
        progress.update(done);
      },
    });
    progress.end();
    const rows = findDuplicates(photos, maxDistance);
    const copies = rows.filter(({ keep }) => !keep);
    if (output !== undefined) {
      await writeTable(output, ["path", "group", "of", "distance", "exact", "sameIdentity", "keep"], rows);
    }
    if (exclude !== undefined) {
      await writeExclusions(
        exclude,
        copies.map(({ path }) => path),
      );
    }
    return {
      photos: photos.length,
      skipped,
      groups: rows.length - copies.length,
      copies: copies.length,
      exact: copies.filter((row) => row.exact).length,
      otherIdentity: copies.filter(({ sameIdentity }) => !sameIdentity).length,
      first: copies.slice(0, 10),
    };
  },
  render: ({ photos, skipped, groups, copies, exact, otherIdentity, first }) =>
    [
      `${copies} of ${photos} photos are copies, in ${groups} groups; ${exact} of them byte for byte, ${otherIdentity} under ` +
        `another identity than their original${skipped > 0 ? `; ${skipped} photos cannot be read` : ""}`,
      ...first.map(({ path, of, distance }) => `  ${distance} bits  ${path}  ${of}`),
    ].join("\n"),
});

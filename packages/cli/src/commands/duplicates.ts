import { findDuplicates, hashPhotos, type PhotoHash, writeExclusions } from "@amface/data";
import { listIdentities } from "@amface/files";
import { type CommandContext, defineCommand, type OptionValues } from "../command/command.ts";
import { integer } from "../command/parse.ts";
import { checkTables, tableOptions, writeTable } from "../options/table-option.ts";
import { aloneOption, inShares } from "../shares/in-shares.ts";
import { rangeOf, type Shares } from "../shares/shares.ts";

const options = {
  "input-dir": { value: "DIR", help: "identity folders of photos", required: true },
  "max-distance": {
    value: "BITS",
    help: "bits of 64 in which the perceptual hashes of two copies may differ",
    parse: integer(0, 31),
    default: "4",
  },
  ...tableOptions,
  alone: aloneOption,
} as const;

export const duplicates = defineCommand({
  options,
  shared: true,
  examples: ["amface duplicates --input-dir photos --output duplicates.csv --exclude copies.txt"],
  run: (values, _, context) =>
    inShares(
      { name: "duplicates", values, beside: values.output ?? values.exclude },
      context,
      (shares, context) => duplicatesOf(values, shares, context),
    ),
  render: ({ photos, skipped, groups, copies, exact, otherIdentity, first }) =>
    [
      `${copies} of ${photos} photos are copies, in ${groups} groups; ${exact} of them byte for byte, ${otherIdentity} under ` +
        `another identity than their original${skipped > 0 ? `; ${skipped} photos cannot be read` : ""}`,
      ...first.map(({ path, of, distance }) => `  ${distance} bits  ${path}  ${of}`),
    ].join("\n"),
});

async function duplicatesOf(
  { "input-dir": dir, "max-distance": maxDistance, output, exclude }: OptionValues<typeof options>,
  shares: Shares,
  { reporter, signal }: CommandContext,
) {
  await checkTables({ output, exclude });
  const all = (await listIdentities(dir)).flatMap(({ files }) => files);
  const parts = await shares.meet(async () => {
    const { from, to } = rangeOf(all.length, shares);
    const progress = reporter.progress("hash", to - from, "photos");
    let skipped = 0;
    const hashes: PhotoHash[] = await hashPhotos(dir, all.slice(from, to), {
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
    return { value: { hashes, skipped } };
  });
  const photos = parts.flatMap(({ value }) => value.hashes);
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
    skipped: parts.reduce((sum, { value }) => sum + value.skipped, 0),
    groups: rows.length - copies.length,
    copies: copies.length,
    exact: copies.filter((row) => row.exact).length,
    otherIdentity: copies.filter(({ sameIdentity }) => !sameIdentity).length,
    first: copies.slice(0, 10),
  };
}

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { listIdentities } from "@amface/files";
import { type Flip, Gallery, ThresholdCardError } from "@amface/lfw-eval";
import { type CommandContext, defineCommand, type OptionValues, UsageError } from "../command/command.ts";
import { oneOf } from "../command/parse.ts";
import type { Reporter } from "../command/reporter.ts";
import { embedPeople } from "../gallery/embed-photos.ts";
import { galleryOptions } from "../gallery/gallery-options.ts";
import { chooseModel } from "../model/choose-model.ts";
import { findCard } from "../model/find-card.ts";
import { loadEmbedding } from "../model/model.ts";
import { startEngine } from "../model/start-engine.ts";
import { modelDigest } from "../model/threshold-card-path.ts";
import { checkOutput } from "../options/check-output.ts";
import { toDetectOptions } from "../options/detect-options.ts";

const options = {
  ...galleryOptions,
  "input-dir": { value: "DIR", help: "add the photos of this folder of people, a folder each" },
  remove: { value: "NAME", help: "remove this person" },
  rename: { value: "OLD=NEW", help: "give this person another name", parse: parseRename },
  compact: { help: "write the gallery anew, without what was removed" },
  flip: {
    value: "HOW",
    help: "mirrored crops of a new gallery: concat, sum or none [as the model's threshold card has them, else concat]",
    parse: oneOf("concat", "sum", "none"),
  },
} as const;

type Values = OptionValues<typeof options>;

export const enrol = defineCommand({
  options,
  examples: [
    "amface enrol --gallery staff.arrow --model runs/a --input-dir staff",
    "amface enrol --gallery staff.arrow --rename ann=anne",
    "amface enrol --gallery staff.arrow --remove bob --compact",
  ],
  async run(values, _, context) {
    const { "input-dir": dir, remove, rename, compact } = values;
    if (dir === undefined && remove === undefined && rename === undefined && !compact)
      throw new UsageError("Cannot enrol: expected --input-dir, --remove, --rename or --compact, got none");
    await checkOutput(values.gallery);
    const added = dir === undefined ? undefined : await addFolder(values, dir, context);
    const gallery = added?.gallery ?? (await Gallery.open(values.gallery));
    if (rename !== undefined) await gallery.rename(...rename);
    if (remove !== undefined) await gallery.remove(remove);
    if (compact) await gallery.compact();
    const { people, photos } = gallery;
    return {
      ...{ gallery: values.gallery, people: people.size, photos },
      ...{ added: added?.photos ?? 0, skipped: added?.skipped ?? 0 },
    };
  },
  render: ({ gallery, people, photos, added, skipped }) =>
    `${people} people by ${photos} photos in ${gallery}; ${added} photos added${skipped > 0 ? `, ${skipped} skipped` : ""}`,
});

function parseRename(text: string): [string, string] {
  const [from, to, more] = text.split("=");
  if (!from || !to || more !== undefined) throw new RangeError(`expected OLD=NEW, got "${text}"`);
  return [from, to];
}

/** How the model's threshold card has mirrored crops join in. */
async function cardFlip(
  model: string,
  net: Awaited<ReturnType<typeof loadEmbedding>>,
  reporter: Reporter,
): Promise<Flip> {
  try {
    return (await findCard(model, net))?.card.flip ?? "concat";
  } catch (error) {
    // Without a card that fits there is none to disagree with; identify will say what is wrong with it.
    if (!(error instanceof ThresholdCardError)) throw error;
    reporter.warn(`Mirrored crops join by concat: ${error.message}`);
    return "concat";
  }
}

async function addFolder(values: Values, dir: string, { reporter, signal }: CommandContext) {
  const { path } = await chooseModel(values.model);
  await startEngine({ ...values, model: path }, reporter);
  const net = await loadEmbedding(path, values, reporter);
  const sha256 = await modelDigest(path, net);
  const there = await stat(values.gallery).catch(() => undefined);
  let gallery = there && (await Gallery.open(values.gallery));
  const known = gallery?.metadata.get("modelSha256");
  if (known !== undefined && known !== sha256)
    throw new Error(
      `Cannot enrol into ${values.gallery}: expected the model that it was begun with, got another`,
    );
  const flip = (gallery?.metadata.get("flip") ??
    values.flip ??
    (await cardFlip(path, net, reporter))) as Flip;
  const all = (await listIdentities(dir)).flatMap(({ name, files }) =>
    files.map((file) => ({ name, path: file })),
  );
  const embedding = {
    ...{ path, net, flip, allowMismatch: values["allow-alignment-mismatch"], reporter },
    ...{ weights: values.weights, detect: toDetectOptions(values), rule: values["face-rule"] },
    ...{ threads: values.threads, signal },
    onSkipped: (_: string, { message }: Error) => reporter.warn(`Skipped: ${message}`),
  };
  const progress = reporter.progress("enrol", all.length, "photos");
  let photos = 0;
  const paths = all.map((photo) => join(dir, photo.path));
  for await (const { kept, embeddings, done } of embedPeople(paths, embedding)) {
    progress.update(done);
    gallery ??= await Gallery.create(
      values.gallery,
      embeddings.size,
      new Map([
        ["modelSha256", sha256],
        ["flip", flip],
      ]),
    );
    await gallery.add(
      kept.map((i) => all[i]),
      embeddings,
    );
    photos += kept.length;
  }
  progress.end();
  if (gallery === undefined || photos === 0)
    throw new Error(`Cannot enrol from ${dir}: expected a face in one of ${all.length} photos, got none`);
  return { gallery, photos, skipped: all.length - photos };
}

import {
  checkDataset,
  type DatasetCard,
  type DatasetCheck,
  type GottenFile,
  getDataset,
  readDatasetCards,
} from "@amface/data";
import { defineCommand, UsageError } from "../command/command.ts";
import { ownFolder } from "../options/own-folder.ts";

const options = {
  cards: { value: "DIR", help: "folder of dataset cards [amface's own]" },
  partial: { help: "check: a copy that holds only a part of the set is no difference" },
  from: { value: "URL", help: "get: another address of the files, ending in a slash [the card's]" },
} as const;

/** Findings of one kind that are shown; the rest is counted. */
const SHOWN = 5;

type Result =
  | { readonly cards: readonly DatasetCard[] }
  | { readonly check: DatasetCheck; readonly card: DatasetCard; readonly same: boolean }
  | { readonly files: readonly GottenFile[]; readonly card: DatasetCard; readonly dir: string };

export const datasets = defineCommand({
  positionals: { label: "list | check NAME DIR | get NAME [DIR]", min: 1, max: 3 },
  options,
  examples: [
    "amface datasets list",
    "amface datasets check lfw lfw-deepfunneled",
    "amface datasets check celeba photos --partial --json",
    "amface datasets get mtcnn",
  ],
  async run(values, [action, ...rest], { reporter, signal }): Promise<Result> {
    const cards = await readDatasetCards(values.cards ?? ownCards());
    if (action === "list" && rest.length === 0) return { cards };
    const given = { check: rest.length === 2, get: rest.length === 1 || rest.length === 2 };
    if (!given[action as keyof typeof given]) {
      const got = [action, ...rest].join(" ");
      throw new UsageError(
        `Cannot run amface datasets: expected list, check NAME DIR or get NAME [DIR], got ${got}`,
      );
    }
    const [name, dir = name] = rest;
    const card = cards.find((candidate) => candidate.name === name);
    if (!card) {
      const names = cards.map((candidate) => candidate.name).join(", ");
      throw new UsageError(`Cannot ${action} ${name}: expected one of ${names}`);
    }
    if (action === "get") {
      const onFetch = (_: string, url: string) => reporter.say(`fetching ${url}`);
      const from = values.from === undefined ? {} : { from: values.from };
      return { files: await getDataset(card, dir, { signal, onFetch, ...from }), card, dir };
    }
    const check = await checkDataset(card, dir);
    const same = check.verdict === "complete" || (check.verdict === "partial" && values.partial);
    return { check, card, same };
  },
  fails: (result) => "check" in result && !result.same,
  render(result) {
    if ("cards" in result) return renderCards(result.cards);
    return "files" in result ? renderFiles(result) : renderCheck(result.check, result.card);
  },
});

function ownCards(): string {
  const found = ownFolder("datasets");
  if (found === undefined)
    throw new UsageError("Cannot find amface's dataset cards: give their folder as --cards");
  return found;
}

function renderCards(cards: readonly DatasetCard[]): string {
  return cards
    .map(({ name, title, expected, licence, source }) =>
      [
        `${name}  ${title}${expected ? `: ${count(expected.identities)} identities, ${count(expected.photos)} photos` : ""}`,
        `  from     ${source}`,
        `  licence  ${licence}`,
      ].join("\n"),
    )
    .join("\n");
}

function renderFiles({
  files,
  card,
  dir,
}: {
  files: readonly GottenFile[];
  card: DatasetCard;
  dir: string;
}): string {
  const lines = files.map(({ path, outcome }) => `${path}  ${outcome}, its checksum is right`);
  return [...lines, `${card.title} in ${dir} (licence: ${card.licence}): ${card.download?.use}`].join("\n");
}

function renderCheck(check: DatasetCheck, card: DatasetCard): string {
  const { verdict, part, identities, photos, missing, extra, altered, verified } = check;
  const lines = [
    {
      complete: `A complete copy of ${card.title}${part ? `, part ${part}` : ""}.`,
      partial: `A partial copy of ${card.title}: what is there is right, and some is missing.`,
      differs: `Not a copy of ${card.title}: something is there that should not be, or is not what it should be.`,
    }[verdict],
    ...(card.layout ? [`identities  ${ofExpected(identities)}`, `photos      ${ofExpected(photos)}`] : []),
    ...findings("missing", missing),
    ...findings(`extra (expected such as ${card.layout?.example})`, extra),
    ...findings("altered", altered),
    ...findings("verified", verified),
  ];
  return lines.join("\n");
}

function ofExpected({ found, expected }: { found: number; expected?: number }): string {
  if (expected === undefined) return count(found);
  return `${count(found)} of ${count(expected)} (${((100 * found) / expected).toFixed(1)} %)`;
}

function findings(title: string, paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  const rest = paths.length > SHOWN ? `, and ${count(paths.length - SHOWN)} more` : "";
  return [`${title}: ${paths.slice(0, SHOWN).join(", ")}${rest}`];
}

const count = (n: number) => n.toLocaleString("en-US");

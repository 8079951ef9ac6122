/**
 * Writes the tables of results into the README, as the files in `results` have them; with `--check` it only fails where they
 * differ.
 *
 *     bun scripts/result-rows.ts
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ResultRow, readResultRows } from "../packages/cli/src/reproduce/result-row.ts";

const ROOT = join(import.meta.dirname, "..");
const README = join(ROOT, "README.md");
const COMMAND = "bun scripts/result-rows.ts";

const rows = await readResultRows(join(ROOT, "results"));
const text = await readFile(README, "utf8");
const written = withTable(withTable(text, "Results", results()), "Reproducing the results", commands());
if (process.argv.includes("--check")) {
  if (written !== text)
    throw new Error(
      `Cannot take ${README} as it is: expected the results of results/*.json, got others; run ${COMMAND}`,
    );
} else await writeFile(README, written);

/** A text with another first table below a heading. */
function withTable(text: string, heading: string, table: readonly string[]): string {
  const pattern = new RegExp(`(\n## ${heading}\n(?:(?!\n## )[^])*?\n\n)(?:\\|[^\n]*\n)+`);
  if (!pattern.test(text))
    throw new Error(`Cannot write into ${README}: expected a table under ## ${heading}`);
  return text.replace(pattern, (_, before: string) => `${before}${table.join("\n")}\n`);
}

function results(): string[] {
  return [
    "| trained on | net | evaluated on | accuracy | untrained net | seconds of training | seed |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows.flatMap((row) => {
      if (!row.table) return [];
      const {
        trainedOn,
        net,
        evaluatedOn,
        untrained = scoreOf(row, "untrained.") ?? "",
        trainingSeconds,
      } = row.table;
      const score = scoreOf(row, "trained.") ?? scoreOf(row, "");
      if (score === undefined)
        throw new Error(`Cannot show ${row.name}: expected an accuracy among its stages, got none`);
      const { accuracy, auc } = score;
      const before = typeof untrained === "string" ? untrained : untrained.accuracy;
      return [
        `| ${[trainedOn, net, evaluatedOn, `${accuracy}, AUC ${auc}`, before, trainingSeconds, row.seed].join(" | ")} |`,
      ];
    }),
  ];
}

/** What a row expects of a net's accuracy. */
function scoreOf({ commands }: ResultRow, prefix: string): { accuracy: string; auc: string } | undefined {
  const expected = Object.assign(
    {},
    ...commands.flatMap(({ stages }) => stages.map((stage) => stage.expected)),
  );
  const [mean, std, auc] = ["accuracy.mean", "accuracy.std", "auc"].map((key) => expected[`${prefix}${key}`]);
  if (typeof mean !== "number" || typeof std !== "number" || typeof auc !== "number") return undefined;
  return { accuracy: `${(100 * mean).toFixed(1)} % ± ${(100 * std).toFixed(1)}`, auc: auc.toFixed(3) };
}

function commands(): string[] {
  return [
    "| `amface reproduce …` | shows | about how many seconds | data to get |",
    "| --- | --- | --- | --- |",
    ...rows.map(({ name, shows, seconds, data }) => {
      const needed = data.filter((each) => each.name !== "notebooks").map((each) => `\`${each.name}\``);
      return `| \`${name}\` | ${shows} | ${seconds} | ${needed.join(", ")} |`;
    }),
  ];
}

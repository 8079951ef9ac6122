import assert from "node:assert/strict";
import { test } from "node:test";
import { type Command, defineCommand } from "../../src/command/command.ts";
import { commandHelp } from "../../src/command/help.ts";
import { trainOptions } from "../../src/train/train-options.ts";

const entry = { name: "train", summary: "train a net", load: async () => ({}) as Command };
const helpOf = (options: Command["options"]) => {
  const command = defineCommand({
    options,
    examples: ["amface train"],
    run: async () => 0,
    render: () => "",
  });
  return commandHelp(entry, command as unknown as Command, { json: { help: "print JSON" } });
};

test("the help of train has its options in groups, and no line is longer than 132 columns", () => {
  const lines = helpOf(trainOptions).split("\n");
  for (const line of lines) assert.ok(line.length <= 132, line);
  const headings = lines.filter((line) => /^\S.*:$/.test(line));
  assert.deepEqual(headings.slice(0, 3), ["Data:", "Run:", "Net:"]);
  for (const name of Object.keys(trainOptions)) {
    assert.equal(lines.filter((line) => line.startsWith(`  --${name} `)).length, 1, name);
  }
});

test("options without groups stand under one heading, and a long text goes on below itself", () => {
  const help = helpOf({ long: { value: "X", help: "word ".repeat(40).trim() }, short: { help: "short" } });
  const lines = help.split("\n");
  const at = lines.indexOf("Options:");
  assert.equal(lines[at - 1], "");
  assert.match(lines[at + 1], /^ {2}--long X {2}word word/);
  assert.match(lines[at + 2], /^ {12}word/);
  assert.match(lines[at + 3], /^ {2}--short {3}short$/);
});

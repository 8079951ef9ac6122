import assert from "node:assert/strict";
import { test } from "node:test";
import { type Command, defineCommand } from "../../src/command/command.ts";
import { integer, numbers, part } from "../../src/command/parse.ts";
import { progressLine } from "../../src/command/reporter.ts";
import { runProgram } from "../../src/command/run-command.ts";

const greet = defineCommand({
  positionals: { label: "NAME", min: 1, max: 1 },
  options: {
    times: { value: "N", help: "how often", parse: integer(1), default: "1" },
    loud: { help: "in capitals" },
    from: { value: "WHO", help: "the greeter", required: true },
  },
  examples: ["amface greet Ada --from Bob"],
  run: async ({ times, loud, from }, [name]) => {
    if (name === "nobody") throw new Error("Cannot greet nobody: expected somebody");
    return { text: `${from} greets ${loud ? name.toUpperCase() : name}`, times };
  },
  render: ({ text, times }) => `${text}\n`.repeat(times),
}) as unknown as Command;

async function amface(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const status = await runProgram(
    [{ name: "greet", summary: "greet somebody", load: async () => greet }],
    args,
    {
      stdout: { write: (text) => out.push(text) },
      stderr: { write: (text: string) => err.push(text), isTTY: false } as unknown as NodeJS.WriteStream,
      signal: new AbortController().signal,
    },
  );
  return { status, out: out.join(""), err: err.join("") };
}

test("a command prints for people, and one JSON document with --json", async () => {
  assert.deepEqual(await amface("greet", "Ada", "--from", "Bob", "--times", "2", "--loud"), {
    status: 0,
    out: "Bob greets ADA\nBob greets ADA\n",
    err: "",
  });
  const { out } = await amface("greet", "Ada", "--from=Bob", "--json");
  assert.deepEqual(JSON.parse(out), { text: "Bob greets Ada", times: 1 });
});

test("work that fails exits with 1 and one line, without a stack trace", async () => {
  assert.deepEqual(await amface("greet", "nobody", "--from", "Bob"), {
    status: 1,
    out: "",
    err: "amface greet: Cannot greet nobody: expected somebody\n",
  });
});

for (const [why, args, message] of [
  ["an unknown command", ["gret"], /did you mean greet\?/],
  [
    "an unknown option",
    ["greet", "Ada", "--form", "Bob"],
    /Cannot take --form: no such option; did you mean --from\?/,
  ],
  ["a missing option", ["greet", "Ada"], /Cannot run without --from WHO/],
  [
    "a value that does not parse",
    ["greet", "Ada", "--from", "Bob", "--times", "x"],
    /Cannot take --times: expected a whole number of at least 1, got "x"/,
  ],
  [
    "a value that looks like an option",
    ["greet", "Ada", "--from", "Bob", "--times", "-1"],
    /^amface greet: Cannot take --times: expected N, got nothing; a value that begins with - needs --times=-…\nSee: /,
  ],
  ["no value", ["greet", "Ada", "--from"], /^amface greet: Cannot take --from: expected WHO, got nothing\n/],
  [
    "a switch with a value",
    ["greet", "Ada", "--from", "Bob", "--loud=1"],
    /^amface greet: Cannot take --loud: expected no value, got one\n/,
  ],
  ["an empty value", ["greet", "Ada", "--from", ""], /Cannot take --from: expected WHO, got nothing/],
  ["a missing argument", ["greet", "--from", "Bob"], /expected NAME \(1\), got none/],
  ["too many arguments", ["greet", "Ada", "Eve", "--from", "Bob"], /expected NAME \(1\), got Ada Eve/],
] as const) {
  test(`${why} exits with 2 and points to the help`, async () => {
    const { status, out, err } = await amface(...args);
    assert.equal(status, 2);
    assert.equal(out, "");
    assert.match(err, message);
    assert.match(err, /--help/);
  });
}

test("--help names every option with its default and goes to standard output", async () => {
  const { status, out } = await amface("greet", "--help");
  assert.equal(status, 0);
  for (const text of [
    "--times N",
    "how often [1]",
    "--loud",
    "--json",
    "Usage: amface greet NAME --from WHO",
  ]) {
    assert.ok(out.includes(text), text);
  }
});

test("lists of numbers and parts of a whole say what they expected", () => {
  assert.deepEqual(numbers(2, integer(1))("112,96"), [112, 96]);
  assert.throws(() => numbers(2, integer(1))("112"), /expected 2 numbers joined by commas, got "112"/);
  assert.deepEqual(part("2/4"), { index: 2, count: 4 });
  assert.throws(() => part("5/4"), /expected i\/n with 1 ≤ i ≤ n/);
});

test("a progress line shows share, rate and time left", () => {
  const line = progressLine({
    title: "align",
    done: 50,
    from: 0,
    total: 200,
    unit: "photos",
    seconds: 5,
    note: "",
  });
  assert.equal(line, "align  [######------------------]  25 %  50/200 photos  10.0/s  0:15 left");
});

test("a progress line of resumed work takes its rate from what was done since", () => {
  const line = progressLine({
    title: "train",
    done: 150,
    from: 100,
    total: 200,
    unit: "steps",
    seconds: 5,
    note: "",
  });
  assert.match(line, /150\/200 steps {2}10\.0\/s {2}0:05 left/);
});

test("a progress line gives up its bar before its words where there is little room", () => {
  const state = {
    title: "train",
    done: 100,
    from: 0,
    total: 200,
    unit: "steps",
    seconds: 5,
    note: "loss 3.214",
  };
  const whole = "50 %  100/200 steps  20.0/s  0:05 left  loss 3.214";
  const bars = [100, 70, 60].map((width) => progressLine({ ...state, width }));
  assert.deepEqual(bars, [
    `train  [############------------]  ${whole}`,
    `train  [#####----]  ${whole}`,
    `train  ${whole}`,
  ]);
  assert.equal(progressLine({ ...state, width: 20 }).length, 20);
});

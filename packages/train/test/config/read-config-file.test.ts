import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { PRESET_NAMES, PRESETS, readConfigFile, resolveConfig } from "@amface/train";
import { scratch } from "../tiny-faces.ts";

let dir: string;
let remove: () => Promise<void>;
before(async () => {
  ({ dir, remove } = await scratch());
});
after(() => remove());

const write = async (name: string, text: string) => {
  await writeFile(join(dir, name), text);
  return join(dir, name);
};

test("readConfigFile() reads JSON, JavaScript and TypeScript alike", async () => {
  const expected = { batchSize: 32, schedule: { type: "cosine" } };
  const json = await write("a.json", `\uFEFF${JSON.stringify(expected)}`);
  const js = await write("a.mjs", 'export default { batchSize: 4 * 8, schedule: { type: "cosine" } };');
  const ts = await write(
    "a.ts",
    'interface C { batchSize: number }\nconst c: C = { batchSize: 32 };\nexport default { ...c, schedule: { type: "cosine" } };',
  );
  for (const path of [json, js, ts]) assert.deepEqual(await readConfigFile(path), expected);
  assert.equal(resolveConfig({ dataDir: "faces", ...(await readConfigFile(ts)) }).batchSize, 32);
});

test("readConfigFile() names what is wrong with a file", async () => {
  const cases: [string, string, RegExp][] = [
    ["c.json", "[]", /c\.json: expected a JSON object, got \[\]$/],
    ["d.json", "{", /d\.json: expected a JSON object, got /],
    [
      "e.mjs",
      "export const config = {};",
      /e\.mjs: expected an object as default export, got exports config$/,
    ],
    ["f.mjs", "export default () => ({});", /expected an object as default export, got function$/],
    ["null.mjs", "throw null;", /null\.mjs: expected a module that loads, got null$/],
    ["g.mjs", "throw new Error('no luck');", /g\.mjs: expected a module that loads, got no luck$/],
  ];
  for (const [name, text, message] of cases) {
    const path = await write(name, text);
    await assert.rejects(readConfigFile(path), { name: "ConfigError", message });
  }
  for (const name of ["none.json", "none.ts"]) {
    await assert.rejects(readConfigFile(join(dir, name)), {
      name: "ConfigError",
      message: /^Cannot read .*none/,
    });
  }
});

const built = join(import.meta.dirname, "..", "..", "dist", "config", "read-config-file.js");
const node = spawnSync("node", ["--version"], { encoding: "utf8" }).stdout ?? "";
const skip = !existsSync(built)
  ? "needs the built packages"
  : /^v(1|20|22\.[0-5]\.)/.test(node)
    ? false
    : "needs a Node on the PATH that loads no TypeScript";

/** What a program prints under Node that may call `readConfigFile`. */
function underNode(program: string): string {
  const text = `import { writeFile } from "node:fs/promises";
    import { readConfigFile } from ${JSON.stringify(built)};
    ${program}`;
  return spawnSync("node", ["--input-type=module", "-e", text], { encoding: "utf8" }).stdout;
}

test("a TypeScript config under a Node that loads none is refused by name", {
  skip,
  timeout: 60_000,
}, async () => {
  const path = JSON.stringify(await write("h.ts", "export default { seed: 1 as number };"));
  const got = underNode(
    `await readConfigFile(${path}).catch((error) => console.log(error.name, error.message));`,
  );
  assert.match(
    got,
    /^ConfigError .*h\.ts: expected a runtime that loads TypeScript .*, got Node v2\d.*; write it as/,
  );
});

test("a module that has changed is read again under Node", { skip, timeout: 60_000 }, async () => {
  const path = JSON.stringify(await write("b.mjs", "export default { seed: 1 };"));
  const got = underNode(`
    const seeds = [(await readConfigFile(${path})).seed];
    await new Promise((resolve) => setTimeout(resolve, 20));
    await writeFile(${path}, "export default { seed: 2 };");
    console.log(...seeds, (await readConfigFile(${path})).seed);`);
  assert.equal(got.trim(), "1 2");
});

test("every preset resolves, and the paper's is what the paper says", () => {
  for (const name of PRESET_NAMES) {
    const config = resolveConfig({ dataDir: "faces", ...PRESETS[name].config });
    assert.deepEqual(resolveConfig(config), config);
  }
  const { batchNorm, batchSize, learningRate, momentum, maxSteps, maxNrofEpochs, weightDecay, schedule } =
    resolveConfig({ dataDir: "faces", ...PRESETS.paper.config });
  assert.deepEqual(
    [batchNorm, batchSize, learningRate, momentum, maxSteps, maxNrofEpochs, weightDecay],
    [false, 256, 0.1, 0.9, 30000, undefined, 5e-4],
  );
  assert.deepEqual(schedule, { type: "step", milestones: [16000, 24000, 28000], factor: 0.1 });
});

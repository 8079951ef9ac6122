/**
 * The map: who may import whom. `bun run lint` holds every import against it, those of types included.
 *
 * Arrows point down. A file imports from its own package or room and from those further down, never up; names with a
 * comma between them do not know each other.
 */
import { readFileSync } from "node:fs";

const PACKAGES = `
  cli, web
  → train, notebook
  → align, data, engine, lfw-eval, loss, nets
  → images, mpi, numpy, tfjs-backend-onnx, weights
  → files`;

/** Folders and files of `packages/NAME/src`. Above them stand `mod.ts` and `browser.ts`; a package not named is one room. */
const ROOMS = {
  align: "folder, web → detect → nets, manifest → warp",
  cli: `main.ts → commands.ts → commands → gallery → eval, verify, demo, doctor, inspect, reproduce, sweep → train, generate, cluster, audit
    → model
    → foreign, embeddings, options, shares
    → command`,
  data: `batches, clean, datasets, faces → loading → shards → folder → source → augment, concurrency, kernels
    → drawing → numbers`,
  "lfw-eval": "report → protocol, clusters, gallery → distances → lists → pairs",
  nets: "embedder.ts → compiled.ts → files → architectures → layers",
  "tfjs-backend-onnx": "export → backend → kernels → compile → lazy → runtime",
  web: "sw.ts, page → worker → messages.ts → box.ts, fetch-whole.ts, headers.ts",
  train: `train.ts, comparison, range, sweep → loop → tensorboard → evaluation, teacher → run → step, photos → config, embed, processes, sphere
    → losses, optimizers → option`,
};

const levels = (map) => map.split("→").map((level) => level.split(",").map((name) => name.trim()));
const oneOf = (names) => `(${names.join("|").replaceAll(".ts", "\\.ts")})`;
const packages = (names) => `^packages/${oneOf(names)}/src/`;
const rooms = (name) => (names) => `^packages/${name}/src/${oneOf(names)}(/|$)`;
const forbid = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

/** A rule for each name on the map. `pattern` matches the files of some of them. */
function downward(map, prefix, pattern) {
  return levels(map).flatMap((names, level, all) => {
    const below = all.slice(level + 1).flat();
    return names.map((name) =>
      forbid(
        `${prefix}${name}-imports-downward`,
        below.length > 0 ? `It may import ${below.join(", ")}.` : "It stands below all others.",
        { path: pattern([name]) },
        { path: pattern(["[^/]+"]), pathNot: pattern([name, ...below]) },
      ),
    );
  });
}

function named(name, map) {
  const known = rooms(name)(["mod.ts", "browser.ts", ...levels(map).flat()]);
  const from = { path: `^packages/${name}/src/`, pathNot: known };
  return forbid(`${name}-is-on-the-map`, "A new room needs its place in .dependency-cruiser.mjs.", from, {});
}

function declared(name) {
  const manifest = JSON.parse(readFileSync(new URL(`packages/${name}/package.json`, import.meta.url)));
  const rule = (what, folders, ...fields) => {
    const keys = Object.keys(Object.assign({}, ...fields.map((field) => manifest[field])));
    const ours = keys.flatMap((key) => key.match(/^@amface\/(.*)/)?.[1] ?? []);
    const from = { path: `^packages/${name}/${folders}/` };
    const to = { path: "^packages/", pathNot: `^packages/${oneOf([name, ...ours])}/` };
    return forbid(
      `${name}-declares-${what}`,
      `package.json names it in its ${fields.join(" or ")}.`,
      from,
      to,
    );
  };
  // What turbo builds and tests again after a change follows from these names.
  return [
    rule("what-it-imports", "src", "dependencies"),
    rule("what-its-tests-import", "(test|training)", "dependencies", "devDependencies"),
  ];
}

export default {
  forbidden: [
    forbid("no-circles", "Of files in a circle none can be read first.", {}, { circular: true }),
    ...downward(PACKAGES, "", packages),
    ...Object.entries(ROOMS).flatMap(([name, map]) => [
      ...downward(map, `${name}/`, rooms(name)),
      named(name, map),
    ]),
    ...levels(PACKAGES).flat().flatMap(declared),
    forbid(
      "packages-by-name",
      "A package sees of another what its mod.ts or browser.ts exports.",
      { path: "^packages/([^/]+)/src/" },
      { path: "^packages/", pathNot: ["^packages/$1/", "^packages/[^/]+/src/(mod|browser)\\.ts$"] },
    ),
    forbid(
      "sources-import-sources",
      "Nothing published imports a test, a bench, a script or the making of the weights.",
      { path: packages(["[^/]+"]) },
      { path: "^(packages|test|bench|scripts)/", pathNot: [packages(["[^/]+"]), "/package\\.json$"] },
    ),
    // An import that is not found is an arrow that is not checked.
    forbid("no-unresolved", "", {}, { couldNotResolve: true, pathNot: "^bun$" }),
  ],
  options: {
    parser: "swc",
    doNotFollow: { path: "node_modules" },
    exclude: "^packages/[^/]+/dist/",
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@amface/source", "import", "node"],
    },
  },
};

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { generateFaces } from "@amface/data";
import { writePng } from "@amface/images";
import { createNet, saveNet } from "@amface/nets";
import "@amface/tfjs-backend-onnx";
import { MPI_ENVIRONMENT, mpirun, withoutMpi } from "../packages/mpi/test/mpirun.ts";
import { slow } from "./slow.ts";

const MAIN = join(import.meta.dirname, "..", "packages", "cli", "src", "main.ts");
const SLOW = { skip: !slow() && "slow: run with AMFACE_SLOW=1", timeout: 600_000 };
const WITH_MPI = { ...SLOW, skip: withoutMpi() || SLOW.skip };

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-folders-"));
  await generateFaces(join(dir, "photos"), { identities: 7, photos: 3, size: 128, seed: 3 });
  await generateFaces(join(dir, "crops"), { identities: 7, photos: 3, size: 64, seed: 3 });
  const [folder, other] = ["face00003", "face00005"].map((name) => join(dir, "photos", name));
  const [photo, second] = await readdir(folder);
  await copyFile(join(folder, photo), join(other, "copy.jpg"));
  await copyFile(join(folder, second), join(folder, "broken.jpg"));
  await truncate(join(folder, "broken.jpg"), 900);
  await writePng(join(other, "grey.png"), {
    data: new Uint8Array(128 * 128 * 3).fill(77),
    width: 128,
    height: 128,
  });
  await saveNet(
    createNet("resface-small", { imageSize: [64, 64], embeddingSize: 16, seed: 1 }),
    join(dir, "model"),
  );
});
after(() => rm(dir, { recursive: true, force: true }));

/** The commands that share a folder's work, each with what it writes into the folder `to`. */
function commandsInto(to: string): Record<string, string[]> {
  const place = (name: string) => join(dir, to, name);
  const [photos, crops, model] = ["photos", "crops", "model"].map((name) => join(dir, name));
  const net = ["--model", model, "--engine", "onnx", "--threads", "1"];
  const embeddings = ["--embeddings", place("e.npz"), "--lfw-embeddings", place("e.npz")];
  return {
    align: ["align", "--input-dir", photos, "--output-dir", place("aligned"), "--threads", "1"],
    pack: [
      "pack",
      "--input-dir",
      photos,
      "--output-dir",
      place("shards"),
      "--shard-size",
      "5",
      "--skip-corrupt",
    ],
    embed: ["embed", ...net, "--input-dir", crops, "--output", place("e.npz"), "--batch-size", "4"],
    eval: ["eval", ...net, "--lfw-dir", crops, "--protocol", "identify", "--lfw-batch-size", "4"],
    duplicates: [
      "duplicates",
      "--input-dir",
      photos,
      "--output",
      place("d.csv"),
      "--exclude",
      place("d.txt"),
    ],
    overlap: [
      "overlap",
      "--input-dir",
      photos,
      "--lfw-dir",
      crops,
      "--output",
      place("o.csv"),
      ...embeddings,
    ],
  };
}

async function run(command: string, args: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(command, args, { cwd: dir, env: { ...process.env, ...environment } });
  let [out, said] = ["", ""];
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (said += chunk));
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, out, said };
}

const ALONE = [process.execPath, ["--conditions=@amface/source", MAIN]] as const;
const alone = (args: readonly string[]) => run(ALONE[0], [...ALONE[1], ...args]);

/** The task `index` of a Slurm array. */
const asTask = (job: number, index: number, count: number, args: readonly string[]) =>
  run(ALONE[0], [...ALONE[1], ...args], {
    ...{ SLURM_ARRAY_JOB_ID: String(job), SLURM_ARRAY_TASK_ID: String(index + 1) },
    ...{
      SLURM_ARRAY_TASK_COUNT: String(count),
      SLURM_ARRAY_TASK_MIN: "1",
      SLURM_ARRAY_TASK_MAX: String(count),
    },
  });

/** All files below a folder, but for the notes that arrays leave. */
async function filesOf(folder: string): Promise<Map<string, Buffer>> {
  const all = await readdir(join(dir, folder), { recursive: true, withFileTypes: true });
  const files = all.filter((entry) => entry.isFile() && entry.name !== "done");
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  const bytes = await Promise.all(paths.map((path) => readFile(path)));
  return new Map(paths.map((path, i) => [path.slice(join(dir, folder).length), bytes[i]]));
}

/** Runs all commands, each after the one whose files it reads. */
async function runAll(to: string, start: (args: string[]) => Promise<string>): Promise<string> {
  await mkdir(join(dir, to));
  let evaluation = "";
  for (const [name, args] of Object.entries(commandsInto(to))) {
    const out = await start([...args, "--json", "--quiet"]);
    if (name === "eval") evaluation = out;
  }
  return evaluation;
}

async function runAlone(to: string): Promise<string> {
  return runAll(to, async (args) => {
    const { status, out, said } = await alone(args);
    assert.equal(status, 0, said);
    return out;
  });
}

test("mpirun's three processes make of folders what one makes, byte for byte", WITH_MPI, async () => {
  const expected = await runAlone("one");
  const evaluation = await runAll("three", async (args) => {
    const [command, all] = mpirun(3, MAIN, ...args);
    const { status, out, said } = await run(command, all, MPI_ENVIRONMENT);
    assert.equal(status, 0, said);
    return out;
  });
  assert.equal(evaluation, expected);
  const files = await filesOf("one");
  assert.ok(files.size > 40);
  assert.deepEqual(await filesOf("three"), files);
});

test(
  "so do three tasks of a Slurm array, whichever ends last, and run again they change nothing",
  SLOW,
  async () => {
    const expected = await runAlone("without-slurm");
    let job = 100;
    const evaluation = await runAll("tasks", async (args) => {
      job++;
      const tasks = await Promise.all([2, 0, 1].map((index) => asTask(job, index, 3, args)));
      for (const { status, said } of tasks) assert.equal(status, 0, said);
      const made = tasks.map(({ out }) => out).filter((out) => out !== "");
      assert.equal(made.length, 1, tasks.map(({ said }) => said).join(""));
      const again = await asTask(job, 0, 3, args);
      assert.deepEqual([again.status, again.out], [0, ""], again.said);
      assert.match(again.said, /An earlier run of this array has made the result/);
      return made[0];
    });
    assert.equal(evaluation, expected);
    assert.deepEqual(await filesOf("tasks"), await filesOf("without-slurm"));
  },
);

test("a requeued task keeps its part, and one that died making the result makes it", SLOW, async () => {
  const args = [...commandsInto("requeued").embed, "--quiet", "--json"];
  const task = (index: number) => asTask(7, index, 3, args);
  const first = await task(0);
  assert.match(first.said, /Made part 1 of 3 in .*; 2 are missing, such as part 2: the last one makes/);
  const [folder] = await readdir(join(dir, "requeued"));
  assert.match(folder, /^\.e\.npz\.parts-7-[0-9a-f]{8}$/);
  const written = () => stat(join(dir, "requeued", folder, "0.json")).then(({ mtimeMs }) => mtimeMs);
  const before = await written();
  await task(0);
  assert.equal(await written(), before);
  await symlink("0", join(dir, "requeued", folder, "joining"));
  await task(1);
  const last = await task(2);
  assert.deepEqual([last.status, last.out], [0, ""]);
  assert.match(last.said, /the task of part 1 makes the result; should it have died, requeue that task/);
  const maker = await task(0);
  assert.equal(JSON.parse(maker.out).count, 21, maker.said);
  assert.deepEqual((await readdir(join(dir, "requeued"))).sort(), [folder, "e.npz"]);
});

test("in several processes commands whose work is not shared are refused by name", async () => {
  const { status, said } = await run(ALONE[0], [...ALONE[1], "demo"], { OMPI_COMM_WORLD_SIZE: "2" });
  assert.equal(status, 2);
  assert.match(said, /Cannot run amface demo in 2 processes: expected one/);
});

test("one process's failure ends all, and --alone shares nothing", WITH_MPI, async () => {
  const [command, all] = mpirun(
    2,
    MAIN,
    "pack",
    "--input-dir",
    join(dir, "photos"),
    "--output-dir",
    join(dir, "p"),
  );
  const { status, said } = await run(command, all, MPI_ENVIRONMENT);
  assert.equal(status, 1, said);
  assert.match(said, /amface pack: Cannot read .*broken\.jpg/);
  const args = ["duplicates", "--input-dir", join(dir, "photos"), "--alone", "--quiet", "--json"];
  const { out } = await asTask(9, 1, 3, args);
  assert.equal(JSON.parse(out).photos, 23);
});

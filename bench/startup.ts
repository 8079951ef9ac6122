/**
 * How long `amface --help` takes on Node, beside Node that does nothing, in turns, as wall-clock and processor time; and
 * the help of commands, which load what they work with. Needs the built packages.
 *
 *     bun bench/startup.ts [--rounds 21]
 */
import { spawnSync } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "21" } } });
const MAIN = join(import.meta.dirname, "..", "packages", "cli", "dist", "main.js");
const CALLS = {
  "node -e 0": ["-e", "0"],
  "amface --help": [MAIN, "--help"],
  "amface datasets --help": [MAIN, "datasets", "--help"],
  "amface train --help": [MAIN, "train", "--help"],
};

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
// What the children of a process have used is not told apart, so each is asked as it ends.
const REPORT =
  "data:text/javascript,process.on('exit',()=>{const{user,system}=process.cpuUsage();console.error(user+system)})";

const times: Record<string, { wall: number[]; processor: number[] }> = {};
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [name, args] of Object.entries(CALLS)) {
    const start = performance.now();
    const { status, stderr } = spawnSync("node", ["--import", REPORT, ...args], { encoding: "utf8" });
    const wall = performance.now() - start;
    if (status !== 0) throw new Error(`${name}: ${stderr}`);
    times[name] ??= { wall: [], processor: [] };
    times[name].wall.push(wall);
    times[name].processor.push(Number(stderr.trim().split("\n").at(-1)) / 1000);
  }
}
const version = spawnSync("node", ["--version"], { encoding: "utf8" }).stdout.trim();
const load = loadavg()[0].toFixed(1);
console.log(
  `${cpus()[0].model.trim()}, Node ${version}, load ${load} on ${cpus().length} cores, ${new Date().toISOString().slice(0, 10)}; ` +
    `${values.rounds} rounds\n`,
);
console.log("| | wall clock, median (least) | processor time, median (least) | beside node |");
console.log("| --- | --- | --- | --- |");
const bare = median(times["node -e 0"].wall);
for (const [name, { wall, processor }] of Object.entries(times)) {
  const [a, b] = [wall, processor].map(
    (list) => `${median(list).toFixed(0)} (${Math.min(...list).toFixed(0)}) ms`,
  );
  console.log(`| \`${name}\` | ${a} | ${b} | ${(median(wall) / bare).toFixed(2)} |`);
}

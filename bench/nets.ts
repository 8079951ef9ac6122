/**
 * Every net at 112×96, embedding or with --training a step with AM-Softmax, momentum and 1,000 identities: amface on its
 * onnx backend beside the same net in PyTorch, each in a process of its own, in turns.
 *
 *     bun bench/nets.ts --training --python /usr/bin/python3,venv/bin/python --json
 *
 * Each Python's PyTorch runs in the faster of its layouts, or of --layouts, where not all fit into the memory, and with --compile by torch.compile besides, if it is 2 or
 * later. Processor time an image tells more than rates where other work shares the cores; how far apart the cores lie, more than
 * either (see core-distance.ts).
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { NET_NAMES } from "@amface/nets";
import { usableCores } from "@amface/tfjs-backend-onnx";
import { coreDistance } from "./peers/core-distance.ts";
import { Peer } from "./peers/peer.ts";

const { values } = parseArgs({
  options: {
    training: { type: "boolean", default: false },
    nets: { type: "string", default: NET_NAMES.join(",") },
    "batch-sizes": { type: "string" },
    rounds: { type: "string", default: "5" },
    steps: { type: "string", default: "2" },
    python: { type: "string", default: "/usr/bin/python3" },
    compile: { type: "boolean", default: false },
    layouts: { type: "string", default: "channels_last,contiguous_format" },
    json: { type: "boolean", default: false },
  },
});
const [rounds, steps] = [Number(values.rounds), Number(values.steps)];
const threads = usableCores();
const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

/** In embedding, weights become constants after the third forward pass. */
const WARM_UP = values.training ? 2 : 5;
/** Further steps until compilers of both languages have seen enough, and the seconds that these take at most. */
const LATER = { steps: 200, seconds: 10 };
/** Seconds of a turn, where a net's step is so short that `--steps` would be over before a clock tells. */
const TURN = 1.5;

/** A program that runs the net, and what it was seen to do. */
interface Side {
  readonly peer: Peer;
  readonly layout: string;
  readonly rates: number[];
  /** Seconds of processor time an image. */
  readonly cpu: number[];
  /** Nanoseconds between the cores behind each turn. */
  readonly distances: number[];
}

interface Measured {
  readonly imagesPerSecond: number;
  readonly peakBytes: number;
  readonly cpuMsPerImage: number;
}

interface Row extends Measured {
  readonly net: string;
  readonly batchSize: number;
  readonly peers: readonly (Measured & { readonly version: string; readonly layout: string })[];
  /** The median over rounds of amface's rate beside the fastest peer's, compiled nets aside, and the extremes. */
  readonly ratio: number;
  readonly ratios: readonly [least: number, largest: number];
  /** `coreDistanceNs`: behind amface's turn, and behind each peer's. */
  readonly rounds: readonly { readonly ratio: number; readonly coreDistanceNs: readonly number[] }[];
  readonly overhead: Overhead;
}

/** What amface costs besides ONNX Runtime's work. */
interface Overhead {
  /** The share of a step outside ONNX Runtime: copying the batch, recording calls or replaying them, finding the compiled model, feeding it. */
  readonly outsideShare: number;
  /** The part of it in which the batch is copied, which is neither recording nor look-up. */
  readonly copyShare: number;
  /** Seconds that the first step, which compiles, takes beyond a later one. */
  readonly firstStepSeconds: number;
}

/** LResNet50E-IR's maps of 112×96 with 64 channels fill the memory at 64. */
const batchSizes = (net: string) =>
  values["batch-sizes"]?.split(",").map(Number) ?? (net === "lresnet50e-ir" ? [16, 32] : [16, 64]);

async function start(net: string, batchSize: number, layout: string, command?: string): Promise<Side> {
  const args = ["--net", net, "--batch-size", String(batchSize), "--identities", "1000"];
  args.push("--threads", String(threads), ...(values.training ? [] : ["--inference"]));
  const peer =
    command === undefined
      ? await Peer.start(
          "amface-train-step.ts",
          // It would take the other sides, in their turns, for programs that want its cores.
          [...args, "--spinning", "on"],
          [process.execPath, ...process.execArgv],
        )
      : await Peer.start(
          "torch_train_step.py",
          [...args, ...(layout === "compiled" ? ["--compile"] : ["--layout", layout])],
          [command],
        );
  return { peer, layout, rates: [], cpu: [], distances: [] };
}

/** Milliseconds after which the threads of the side before have stopped spinning: PyTorch's do for 200. */
const REST = 500;

/** @returns Seconds of a step. */
async function warmUp({ peer }: Side): Promise<number> {
  await peer.run(WARM_UP);
  const step = (await peer.run(steps)) / steps;
  const more = Math.max(1, Math.min(LATER.steps, Math.floor(LATER.seconds / step)));
  return (await peer.run(more)) / more;
}

async function measure(
  { peer, rates, cpu, distances }: Side,
  batchSize: number,
  steps: number,
): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, REST));
  const seconds = await peer.run(steps);
  rates.push((steps * batchSize) / seconds);
  cpu.push(peer.cpuSeconds / (steps * batchSize));
  distances.push(await coreDistance());
}

/** PyTorch in the one of `--layouts` that is faster once warm. */
async function fasterLayout(net: string, batchSize: number, python: string): Promise<Side> {
  const tried: { side: Side; seconds: number }[] = [];
  for (const layout of values.layouts.split(",")) {
    const side = await start(net, batchSize, layout, python);
    tried.push({ side, seconds: await warmUp(side) });
  }
  const [faster, ...slower] = tried.toSorted((a, b) => a.seconds - b.seconds);
  for (const { side } of slower) await side.peer.stop();
  return faster.side;
}

async function compare(net: string, batchSize: number): Promise<Row> {
  const ours = await start(net, batchSize, "");
  const first = await ours.peer.run(1);
  const peers: Side[] = [];
  for (const python of values.python.split(",")) {
    const eager = await fasterLayout(net, batchSize, python);
    peers.push(eager);
    const canCompile = !eager.peer.version.startsWith("1.");
    if (values.compile && canCompile) peers.push(await start(net, batchSize, "compiled", python));
  }
  const sides = [ours, ...peers];
  const counts = await Promise.all(sides.map(({ peer }) => peer.ask("parameters")));
  if (new Set(counts).size > 1) {
    throw new Error(
      `Cannot compare ${net}: expected as many parameters on all sides, got ${counts.join(", ")}`,
    );
  }
  for (const side of peers.filter(({ layout }) => layout === "compiled")) await warmUp(side);
  const turn = Math.max(steps, Math.ceil(TURN / (await warmUp(ours))));
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) await measure(side, batchSize, turn);
    const others = peers.filter(({ layout }) => layout !== "compiled").map(({ rates }) => rates[round]);
    ratios.push(ours.rates[round] / Math.max(...others));
    console.error(
      `${net}, batch ${batchSize}, round ${round + 1}/${rounds}: ` +
        sides.map(({ rates }) => rates[round].toFixed(1)).join(" beside ") +
        `, cores ${sides.map(({ distances }) => distances[round].toFixed(0)).join(", ")} ns apart`,
    );
  }
  const [inside, outside, copying] = (await ours.peer.ask(`share ${rounds * turn}`)).split(" ").map(Number);
  for (const { peer } of sides) await peer.stop();
  const measured = ({ peer, rates, cpu }: Side): Measured => ({
    imagesPerSecond: median(rates),
    peakBytes: peer.peakMemory,
    cpuMsPerImage: 1000 * median(cpu),
  });
  return {
    net,
    batchSize,
    ...measured(ours),
    peers: peers.map((side) => ({ version: side.peer.version, layout: side.layout, ...measured(side) })),
    ratio: median(ratios),
    ratios: [Math.min(...ratios), Math.max(...ratios)],
    rounds: ratios.map((ratio, round) => ({
      ratio,
      coreDistanceNs: sides.map(({ distances }) => distances[round]),
    })),
    overhead: {
      outsideShare: outside / (inside + outside),
      copyShare: copying / (inside + outside),
      firstStepSeconds: first - batchSize / median(ours.rates),
    },
  };
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(2);
const rate = ({ imagesPerSecond }: Measured) => imagesPerSecond.toFixed(1);
function render({ net, batchSize, peers, ratio, ratios, overhead, ...ours }: Row): string {
  return [
    "",
    net,
    batchSize,
    `${rate(ours)}`,
    ...peers.map((peer) => `${rate(peer)} (${peer.layout})`),
    `${ratio.toFixed(2)} (${ratios.map((each) => each.toFixed(2)).join(" to ")})`,
    [ours, ...peers].map(({ peakBytes }) => gib(peakBytes)).join(", "),
    [ours, ...peers].map(({ cpuMsPerImage }) => cpuMsPerImage.toFixed(1)).join(", "),
    `${percent(overhead.outsideShare)} (${percent(overhead.copyShare)})`,
    `${overhead.firstStepSeconds.toFixed(1)} s`,
    "",
  ]
    .join(" | ")
    .trim();
}

const rows: Row[] = [];
for (const net of values.nets.split(","))
  for (const batchSize of batchSizes(net)) rows.push(await compare(net, batchSize));
if (values.json) console.log(JSON.stringify(rows, null, 2));
else {
  const versions = rows[0].peers.map(({ version }) => `PyTorch ${version}`);
  console.log(
    `${values.training ? "training" : "embedding"}, float32, medians of ${rounds} rounds of ${steps} steps or ${TURN} s; ` +
      `${new Date().toISOString().slice(0, 10)}, ${threads} threads, ${cpus()[0].model.trim()}, ` +
      `Bun ${process.versions.bun ?? process.version}\n`,
  );
  console.log(
    `| net | batch | amface, images/s | ${versions.join(" | ")} | ratio | peak memory, GiB | processor time an image, ms | outside ONNX Runtime (copying the batch) | first step |`,
  );
  console.log(`|${" --- |".repeat(8 + versions.length)}`);
  for (const row of rows) console.log(render(row));
}

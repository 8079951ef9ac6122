/**
 * Training on a GPU: images/s of amface beside PyTorch in float32 and with autocast, on the same card and in turns; how well
 * losses agree with the CPU; where a step's time goes. Prints Markdown. `bench/gpu.sh` starts it.
 *
 *     bash bench/gpu.sh --nets resface20,lresnet50e-ir --batch-sizes 64,128,256,512
 */
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Peer } from "./peers/peer.ts";

const text = (value: string) => ({ type: "string", default: value }) as const;
const { values } = parseArgs({
  options: {
    ...{ engine: text("onnx:webgpu"), nets: text("resface20,lresnet50e-ir") },
    ...{ "batch-sizes": text("64,128,256,512"), "image-size": text("112,96"), identities: text("10000") },
    ...{ steps: text("10"), rounds: text("3"), "warm-up": text("3") },
    ...{ "torch-device": text("cuda"), autocast: text("bfloat16") },
    ...{ "agreement-steps": text("20"), "agreement-batch": text("16"), python: text("python3") },
  },
});
const { engine, autocast, identities } = values;
const [steps, rounds, warmUp] = [values.steps, values.rounds, values["warm-up"]].map(Number);
const image = ["--image-size", values["image-size"], "--identities", identities];

// Bundled, the side lies beside this file as JavaScript.
const bundled = import.meta.url.endsWith(".js");
const side = bundled ? "amface-train-step.js" : "amface-train-step.ts";
const startAmface = (net: string, batch: string, on: string, precision = "float32") =>
  Peer.start(
    side,
    ["--engine", on, "--net", net, "--batch-size", batch, "--precision", precision, ...image],
    [process.execPath, ...process.execArgv],
  );
const startTorch = (net: string, batch: string, cast: string) =>
  Peer.start(
    "torch_train_step.py",
    ["--net", net, "--batch-size", batch, ...image, "--device", values["torch-device"], "--autocast", cast],
    [values.python],
  );

/** What a GPU has in use, in MiB, where NVIDIA's tool tells. */
function gpuMemory(): number {
  try {
    const query = ["--query-gpu=memory.used", "--format=csv,noheader,nounits"];
    return Number(execFileSync("nvidia-smi", query, { encoding: "utf8" }).split("\n", 1)[0]);
  } catch {
    return Number.NaN;
  }
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const row = (cells: readonly (string | number)[]) => console.log(`| ${cells.join(" | ")} |`);
const head = (cells: readonly string[]) => {
  row(cells);
  row(cells.map(() => "---"));
};
/** The first line of what went wrong: a batch that does not fit is a result too. */
const failure = (error: unknown) =>
  String((error as Error).message)
    .split("\n", 1)[0]
    .slice(0, 80);

interface Side {
  readonly name: string;
  start(): Promise<Peer>;
}

/** Images/s of each side, measured in turns after a warm-up; a text where one fails, as when memory runs out. */
async function measure(sides: readonly Side[], batch: number) {
  const results = sides.map(() => ({ rates: [] as number[], memory: Number.NaN, failed: "" }));
  const before = gpuMemory();
  // One process at a time holds the card's memory: else the largest batches of one would fail for another's sake.
  for (let round = 0; round < rounds; round++) {
    for (const [i, { name, start }] of sides.entries()) {
      if (results[i].failed) continue;
      let peer: Peer | undefined;
      try {
        peer = await start();
        await peer.run(warmUp);
        results[i].rates.push((steps * batch) / (await peer.run(steps)));
        results[i].memory = gpuMemory() - before;
        console.error(
          `batch ${batch}, round ${round + 1}: ${name} ${results[i].rates.at(-1)!.toFixed(1)} images/s`,
        );
      } catch (error) {
        results[i].failed = failure(error);
      } finally {
        await peer?.stop();
      }
    }
  }
  return results;
}

const card = (() => {
  try {
    const query = ["--query-gpu=name,driver_version", "--format=csv,noheader"];
    return execFileSync("nvidia-smi", query, { encoding: "utf8" }).trim();
  } catch {
    return "no NVIDIA GPU";
  }
})();
console.log(
  `Training steps, AM-Softmax, momentum, ${identities} identities, ${values["image-size"]} pixels; ${card}; `,
);
console.log(
  `${cpus()[0].model.trim()}; ${engine}; medians of ${rounds} rounds of ${steps} steps; ${new Date().toISOString().slice(0, 10)}.`,
);
console.log(
  "amface sends a new batch to the device every step, PyTorch keeps one there. GPU memory as nvidia-smi has it.\n",
);

head([
  "net",
  "batch",
  "amface images/s",
  "amface float16",
  "PyTorch float32",
  `PyTorch ${autocast}`,
  "ratio",
  "GPU memory, MiB",
]);
for (const net of values.nets.split(",")) {
  for (const batch of values["batch-sizes"].split(",")) {
    const results = await measure(
      [
        { name: "amface", start: () => startAmface(net, batch, engine) },
        { name: "amface float16", start: () => startAmface(net, batch, engine, "float16") },
        { name: "PyTorch float32", start: () => startTorch(net, batch, "none") },
        { name: `PyTorch ${autocast}`, start: () => startTorch(net, batch, autocast) },
      ],
      Number(batch),
    );
    const rates = results.map(({ rates }) => median(rates));
    const cells = results.map(({ failed }, i) => failed || rates[i].toFixed(1));
    const ratio = results[0].failed || results[2].failed ? "" : (rates[0] / rates[2]).toFixed(2);
    row([
      net,
      batch,
      ...cells,
      ratio,
      results.map(({ memory }) => (Number.isNaN(memory) ? "?" : memory)).join(" / "),
    ]);
  }
}

const [count, small] = [Number(values["agreement-steps"]), values["agreement-batch"]];
console.log(
  `\nLosses of ${count} steps, batch ${small}, on ${engine} and on onnx:cpu from the same start:\n`,
);
head(["net", "precision", "first", "last", "largest relative difference", "in step"]);
for (const net of values.nets.split(",")) {
  const lossesOf = async (on: string, as?: string): Promise<number[]> => {
    const peer = await startAmface(net, small, on, as);
    const losses = JSON.parse(await peer.ask(`losses ${count}`));
    await peer.stop();
    return losses;
  };
  const here = await lossesOf("onnx:cpu");
  for (const as of ["float32", "float16"]) {
    try {
      const there = await lossesOf(engine, as);
      const differences = here.map((loss, i) => Math.abs(there[i] - loss) / loss);
      const worst = differences.indexOf(Math.max(...differences));
      const ends = [0, count - 1].map((i) => `${there[i].toFixed(4)}, ${here[i].toFixed(4)}`);
      row([net, as, ...ends, differences[worst].toExponential(1), worst + 1]);
    } catch (error) {
      row([net, as, failure(error), "", "", ""]);
    }
  }
}

console.log(`\nWhere a step's time goes, in milliseconds:\n`);
head(["net", "batch", "in ONNX Runtime", "recording, looking up, reading"]);
for (const net of values.nets.split(",")) {
  const batch = values["batch-sizes"].split(",")[0];
  const peer = await startAmface(net, batch, engine);
  await peer.run(warmUp);
  const parts = (await peer.ask(`share ${steps}`)).split(" ").map(Number);
  await peer.stop();
  row([net, batch, ...parts.map((seconds) => ((1000 * seconds) / steps).toFixed(1))]);
}

if (engine.startsWith("onnx:")) {
  const profile = join(import.meta.dirname, bundled ? "profile-step.js" : "profile-step.ts");
  const [device, batch] = [engine.slice("onnx:".length), values["batch-sizes"].split(",")[0]];
  for (const net of values.nets.split(",")) {
    const options = [
      "--net",
      net,
      "--batch-size",
      batch,
      "--device",
      device,
      "--image-size",
      values["image-size"],
    ];
    const command = [...process.execArgv, profile, ...options, "--steps", String(Math.max(4, steps))];
    console.log(`\n\`\`\`\n${execFileSync(process.execPath, command, { encoding: "utf8" })}\`\`\``);
  }
}

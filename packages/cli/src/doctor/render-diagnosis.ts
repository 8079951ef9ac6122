import type { EngineProbe } from "@amface/engine";
import type { ModelCard } from "@amface/weights";
import type { Advice } from "./advise.ts";
import type { SystemFacts } from "./system-facts.ts";

export interface Diagnosis extends SystemFacts {
  /** The engine that runs unless told otherwise, `name:device`; null where none works. */
  readonly chosen: string | null;
  readonly engines: readonly EngineProbe[];
  readonly advice: readonly Advice[];
  /** Weights that come with amface. */
  readonly weights: readonly Pick<ModelCard, "name" | "terms" | "sha256" | "date">[];
}

/** What `amface doctor` prints. */
export function renderDiagnosis(diagnosis: Diagnosis): string {
  const { platform, arch, runtime, threading, memory, disk, jupyter } = diagnosis;
  const { gpus, libraries, vulkanDrivers, versions, engines } = diagnosis;
  const list = (items: readonly string[]) => items.join(", ") || "none";
  const found = (pattern: RegExp) =>
    list(
      Object.entries(libraries).flatMap(([name, path]) =>
        path !== null && pattern.test(name) ? [name] : [],
      ),
    );
  const rows = [
    ["machine", `${platform} ${arch}, ${memory.freeGiB} of ${memory.totalGiB} GiB free`],
    [
      "cores",
      `${threading.threads} to use, threads ${threading.spinning ? "spin" : "sleep"} while they wait: ${threading.reason}`,
    ],
    ["disk", `${disk.freeGiB} GiB free at ${disk.path}`],
    ["runtime", runtime],
    ["packages", list(Object.entries(versions).map(([name, version]) => `${name} ${version ?? "missing"}`))],
    [
      "GPUs",
      list(
        gpus.map(
          ({ name, driver, freeMiB, memoryMiB }) =>
            `${name}${driver ? `, driver ${driver}, ${freeMiB} of ${memoryMiB} MiB free` : ""}`,
        ),
      ),
    ],
    [
      "Vulkan",
      `loader ${libraries["libvulkan.so.1"] ?? "missing"}; drivers: ${list(
        vulkanDrivers.map(
          ({ name, apiVersion, software }) => `${name} ${apiVersion}${software ? " (software)" : ""}`,
        ),
      )}`,
    ],
    ["CUDA, cuDNN", found(/cuda|cudnn|cublas/)],
    ["weights", diagnosis.weights.map(({ name, date, terms }) => `${name} of ${date}: ${terms}`).join("; ")],
    ["Jupyter", `${jupyter.version ?? "not found"}; kernels: ${list(jupyter.kernels)}`],
  ];
  return [
    ...rows.map(([name, text]) => `${name.padEnd(13)}${text}`),
    "",
    "Engines, in the order in which they are chosen:",
    ...engines.flatMap((engine) => engineLines(engine, diagnosis)),
    ...diagnosis.advice
      .filter(({ about }) => !about.includes(":"))
      .map(({ about, problem, remedy }) => `${about}: ${problem}; ${remedy}`),
  ].join("\n");
}

function engineLines(engine: EngineProbe, { chosen, advice }: Diagnosis): string[] {
  const { name, device, what, works, byDefault, trains, speed, drivers = [], reason } = engine;
  const label = `${name}:${device}`;
  const state = !works ? "no" : label === chosen ? "yes, chosen" : byDefault ? "yes" : "if asked for";
  const rate = (value: number) => (value < 100 ? value.toPrecision(2) : value.toFixed(0));
  const about = [
    what,
    ...drivers.map((driver) => `driver ${driver}`),
    ...(speed ? [`matmul ${rate(speed.matMul)}, conv2d ${rate(speed.conv2d)} GFLOP/s`] : []),
    ...(trains ? [] : ["does not train"]),
  ];
  const remedies = advice.filter((each) => each.about === label);
  const notes = remedies.map(({ problem, remedy }) => `${problem}: ${remedy}`);
  // Where nothing is known of the system, what the engine itself says has to do.
  if (notes.length === 0 && reason !== undefined) notes.push(reason);
  return [
    `  ${label.padEnd(16)}${state.padEnd(14)}${works ? about.join("; ") : what}`,
    ...notes.map((note) => `${" ".repeat(32)}${note}`),
  ];
}

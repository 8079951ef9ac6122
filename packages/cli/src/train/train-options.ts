import { PRESET_NAMES, PRESETS } from "@amface/train";
import type { OptionSpec, OptionSpecs } from "../command/command.ts";
import { integer, jsonObject, numbers, oneOf } from "../command/parse.ts";
import { engineOptions, gpuMemoryOption } from "../options/engine-option.ts";
import { configFlags } from "./config-flags.ts";

/** Where a run lies and where its options come from. */
const runOptions = {
  "run-dir": {
    heading: "Run",
    value: "DIR",
    help: "where the run's config, metrics, checkpoints and model go [runs/<date>]",
  },
  preset: {
    value: "NAME",
    help: PRESET_NAMES.map((name) => `${name} (${PRESETS[name].summary})`).join("; "),
    parse: oneOf(...PRESET_NAMES),
  },
  config: {
    value: "FILE",
    help: "any of these options in camelCase, as JSON or the default export of a .ts or .js module; it wins over --preset, flags over both",
  },
  resume: { value: "RUN", help: "go on with this run directory from its newest checkpoint" },
  "until-epoch": {
    value: "N",
    help: "end this session where the run has N epochs behind it; --resume goes on, as if it had not stopped there",
    parse: integer(1),
  },
} as const satisfies OptionSpecs;

const machineOptions = {
  engine: { heading: "Machine", ...engineOptions.engine },
  threads: {
    ...engineOptions.threads,
    help: `${engineOptions.threads.help}; of processes that mpirun started, divided among those that share the cores`,
  },
  "gpu-memory": gpuMemoryOption,
  "no-mpi": { help: "train in this process alone, even where mpirun or srun started it among others" },
} as const satisfies OptionSpecs;

const { Data: dataFlags, ...groups } = configFlags();
const flags: OptionSpecs = Object.assign({}, ...Object.values(groups));

/** The options of `amface train`: the config's, three of them in a form of their own, and those that are no config's. The compiler knows only the latter by name. */
export const trainOptions = {
  ...dataFlags,
  ...runOptions,
  ...flags,
  "batch-size": {
    ...written(flags["batch-size"], batchSizeOf),
    help: `${flags["batch-size"].help}, or auto: as many as the device has memory for, by doubling from 8 to 512`,
  },
  balance: written(flags.balance, balanceOf),
  schedule: written(flags.schedule, scheduleOf),
  ...machineOptions,
};

/** A flag whose value is written in a form of its own. */
function written<T>(spec: OptionSpec, parse: (text: string) => T) {
  return { ...spec, value: spec.value as string, parse };
}

function batchSizeOf(text: string): number | "auto" {
  return text === "auto" ? text : integer(1)(text);
}

/** A schedule by its name, or with options as JSON; the config's schema checks them, as all that is JSON here. */
function scheduleOf(text: string): object {
  return text.trimStart().startsWith("{") ? jsonObject(text) : { type: text };
}

function balanceOf(text: string): object {
  const [identities, photos] = numbers(2, integer(1))(text);
  return { identities, photos };
}

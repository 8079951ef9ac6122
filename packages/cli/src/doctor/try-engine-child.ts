import { ENGINES, probeEngine } from "@amface/engine";
import { MARK } from "./try-engine.ts";

// Started by `tryEngine` with an engine and the seconds that its speed is measured for.
const [label, seconds] = process.argv.slice(2);
const engine = ENGINES.find(({ name, device }) => `${name}:${device}` === label)!;
const probe = await probeEngine(engine, Number(seconds));
// WebGPU's device would keep the process alive.
process.stdout.write(`${MARK}${JSON.stringify(probe)}\n`, () => process.exit(0));

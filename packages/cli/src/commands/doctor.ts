import { ENGINES, type EngineProbe } from "@amface/engine";
import { listWeights } from "@amface/weights";
import { defineCommand } from "../command/command.ts";
import { number } from "../command/parse.ts";
import { advise } from "../doctor/advise.ts";
import { renderDiagnosis } from "../doctor/render-diagnosis.ts";
import { readSystemFacts } from "../doctor/system-facts.ts";
import { tryEngine } from "../doctor/try-engine.ts";

export const doctor = defineCommand({
  options: {
    seconds: {
      value: "N",
      help: "measure the speed of each engine that works for this long; 0: not at all",
      parse: number(0),
      default: "2",
    },
  },
  examples: ["amface doctor", "amface doctor --json --seconds 0"],
  async run({ seconds }, _, { reporter, signal }) {
    const facts = await readSystemFacts(process.env);
    const progress = reporter.progress("try", ENGINES.length, "engines");
    const engines: EngineProbe[] = [];
    for (const engine of ENGINES) {
      signal.throwIfAborted();
      // In turns: engines that are measured at once would slow each other.
      engines.push(await tryEngine(engine, seconds, signal));
      progress.update(engines.length);
    }
    progress.end();
    const chosen = engines.find(({ works, byDefault }) => works && byDefault);
    return {
      ...facts,
      weights: (await listWeights()).map(({ name, terms, sha256, date }) => ({ name, terms, sha256, date })),
      chosen: chosen ? `${chosen.name}:${chosen.device}` : null,
      engines,
      advice: advise(facts, engines),
    };
  },
  render: renderDiagnosis,
  fails: ({ chosen }) => chosen === null,
});

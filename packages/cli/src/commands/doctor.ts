import { availableParallelism, totalmem } from "node:os";
import { probeEngines } from "@amface/engine";
import { listProviders } from "@amface/tfjs-backend-onnx";
import { defineCommand } from "../command.ts";

export const doctor = defineCommand({
  options: {},
  examples: ["amface doctor", "amface doctor --json"],
  async run() {
    const engines = await probeEngines();
    return {
      platform: `${process.platform} ${process.arch}`,
      runtime: runtime(),
      cores: availableParallelism(),
      memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
      onnxProviders: onnxProviders(),
      chosen: engines.find(({ works }) => works)?.name ?? null,
      engines,
    };
  },
  render({ platform, runtime, cores, memoryGiB, onnxProviders, chosen, engines }) {
    const lines = engines.map(({ name, device, what, works, reason }) => {
      const mark = works ? (name === chosen ? "works, chosen" : "works") : "no";
      return `  ${`${name}:${device}`.padEnd(16)}${mark.padEnd(15)}${works ? what : reason}`;
    });
    return [
      `${platform}, ${runtime}, ${cores} cores, ${memoryGiB} GiB`,
      `ONNX Runtime's binary offers: ${onnxProviders.join(", ") || "nothing"}`,
      "Engines, the fastest first:",
      ...lines,
    ].join("\n");
  },
});

function runtime(): string {
  const { bun, deno, node } = process.versions;
  return bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${node}`;
}

function onnxProviders(): string[] {
  try {
    return listProviders();
  } catch {
    return [];
  }
}

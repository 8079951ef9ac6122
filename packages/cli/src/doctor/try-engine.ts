import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Engine, EngineProbe } from "@amface/engine";
import { program, programArgs } from "../command/same-runtime.ts";

/** An engine that takes longer, and its speed's measurement, is given up. */
const LIMIT_MS = 120_000;

/**
 * Tries an engine in a process of its own: a broken driver ends only that.
 *
 * @param seconds How long its speed is measured; 0: not at all.
 * @param file The program that tries it; tests give another.
 */
export async function tryEngine(
  engine: Engine,
  seconds: number,
  signal: AbortSignal,
  file = fileURLToPath(
    new URL(
      import.meta.url.endsWith(".ts") ? "./try-engine-child.ts" : "./try-engine-child.js",
      import.meta.url,
    ),
  ),
): Promise<EngineProbe> {
  const { name, device, what, trains } = engine;
  const child = spawn(program, [...programArgs, file, `${name}:${device}`, String(seconds)], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LIMIT_MS,
    signal,
  });
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  const [status, killedBy] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, by) => resolve([code, by]));
  });
  const result = out()
    .split("\n")
    .find((line) => line.startsWith(MARK));
  if (result !== undefined) {
    const probe = JSON.parse(result.slice(MARK.length)) as EngineProbe;
    const missing = missingLibraries(err());
    if (probe.works || missing.length === 0) return probe;
    return { ...probe, reason: `${probe.reason}; it could not load ${missing.join(", ")}` };
  }
  const end = killedBy ? `ended by ${killedBy}` : `ended with status ${status}`;
  const last = err().trim().split("\n").at(-1);
  const reason = `expected a process that tries it to come back, got one that ${end}${last ? `: ${last}` : ""}`;
  return { name, device, what, trains, works: false, byDefault: false, reason };
}

/** What the line with the result begins with, among all that native code prints. */
export const MARK = "amface-probe ";

/** Libraries that TensorFlow says it did not find; only its console tells. */
function missingLibraries(log: string): string[] {
  return [...new Set([...log.matchAll(/Could not load dynamic library '([^']+)'/g)].map(([, name]) => name))];
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

import { join } from "node:path";
import { writeFileAtomic } from "@amface/files";
import { renderPage } from "@amface/lfw-eval";
import { checkOutput } from "../../options/check-output.ts";
import type { EvalContext, EvalValues } from "../eval-options.ts";
import { type BlufrOutcome, blufrProtocol } from "./blufr.ts";
import { type IdentifyResult, identifyProtocol } from "./identify.ts";
import { type IjbResult, ijbProtocol } from "./ijb.ts";
import type { Protocol } from "./protocol.ts";
import { type TinyFaceOutcome, tinyfaceProtocol } from "./tinyface.ts";

/** What `--protocol`, unless it is `pairs`, gives. */
export type ProtocolResult = (IdentifyResult | BlufrOutcome | IjbResult | TinyFaceOutcome) & {
  /** The report's path. */
  readonly report?: string;
};

/** By their names. Each takes the result of its own. */
const PROTOCOLS = {
  identify: identifyProtocol,
  blufr: blufrProtocol,
  ijb: ijbProtocol,
  tinyface: tinyfaceProtocol,
} as const satisfies Readonly<Record<ProtocolResult["protocol"], unknown>>;

const protocolOf = (name: ProtocolResult["protocol"]) => PROTOCOLS[name] as Protocol<ProtocolResult>;

/** Evaluates by a protocol that is no list of pairs, and writes its report where one is asked for. */
export async function evaluateProtocol(
  name: ProtocolResult["protocol"],
  values: EvalValues,
  context: EvalContext,
): Promise<ProtocolResult> {
  const { report: dir, model, embeddings, "lfw-dir": photos, lists, flip } = values;
  const report = dir === undefined ? undefined : join(dir, "report.html");
  if (report !== undefined) await checkOutput(report);
  const { result, sections } = await protocolOf(name).evaluate(values, context);
  if (report === undefined) return result;
  const of = embeddings ?? `${model}, ${photos}, mirrored crops: ${flip}`;
  const page = renderPage({
    title: `${name} of ${embeddings ?? model}`,
    summary: lists === undefined ? of : `${of}; lists: ${lists}`,
    sections,
  });
  await writeFileAtomic(report, page);
  return { ...result, report };
}

export function renderProtocol(result: ProtocolResult): string {
  const text = protocolOf(result.protocol).render(result);
  return result.report === undefined ? text : `${text}\nreport     ${result.report}`;
}

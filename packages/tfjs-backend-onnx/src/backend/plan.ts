import { type DataType, engine, type Tensor, type Variable } from "@tensorflow/tfjs-core";
import { reshape } from "../kernels/shape.ts";
import { LazyValue } from "../lazy/lazy-value.ts";
import type { Numbers } from "../lazy/numbers.ts";
import { RecordedGraph, recordedCall } from "../lazy/recorded-graph.ts";
import { collect, type Subgraph } from "../lazy/subgraph.ts";
import type { Recorder, Recording } from "./recording.ts";
import { describe, filled, templateOf } from "./tensor-container.ts";

/** Who has a value when a function is called: an argument, by its number, or a variable. */
export type Holder = number | Variable;

/** What a graph of a function reads: a value of its holders, or one that the function makes out of JavaScript. */
interface Source {
  /** All that had the value when the function was recorded, which must share one again. */
  readonly holders: readonly Holder[];
  readonly constant?: Constant;
}

/** Contents that a function makes out of JavaScript. */
interface Constant {
  readonly value: LazyValue;
  /** Its numbers, which it may itself have on the device alone. */
  readonly numbers: Numbers;
}

/** A tensor that a function gives. */
interface Result {
  /** Which of its graph's results it has, maybe under another shape. */
  readonly output: number;
  readonly shape: number[];
  readonly dtype: DataType;
}

/** What one call of a function did, so that it can be done again on other contents. */
export interface Plan {
  /** Its kernel calls. */
  readonly recorded: RecordedGraph;
  readonly sources: readonly Source[];
  readonly results: readonly Result[];
  /** Variables that get the last of the results. */
  readonly assigned: readonly Variable[];
  /** What the function returned, without the tensors. */
  readonly template: unknown;
  /** `describe` of it. */
  readonly description: string;
}

/** What was there before a function was called. */
export interface Before {
  readonly holders: ReadonlyMap<LazyValue, readonly Holder[]>;
  readonly dataIds: ReadonlyMap<Variable, object>;
}

export function before(backend: Recorder, tensors: readonly Tensor[]): Before {
  const holders = new Map<LazyValue, Holder[]>();
  const hold = (holder: Holder, tensor: Tensor) => {
    const value = backend.valueBehind(tensor);
    if (!value) return;
    const others = holders.get(value);
    if (others) others.push(holder);
    else holders.set(value, [holder]);
  };
  for (const [i, tensor] of tensors.entries()) hold(i, tensor);
  const variables = Object.values(engine().registeredVariables);
  for (const variable of variables) hold(variable, variable);
  return { holders, dataIds: new Map(variables.map((variable) => [variable, variable.dataId])) };
}

/**
 * What a function did that was recorded; its results then come out of one call. Or why it cannot be done again: then
 * everything is as the function left it.
 */
export function planOf<R>(
  backend: Recorder,
  { recording, result }: { readonly recording: Recording; readonly result: R },
  { holders, dataIds }: Before,
): Plan | string {
  const returned: Tensor[] = [];
  const description = describe(result, (tensor) => returned.push(tensor));
  if (recording.refusal) return recording.refusal;
  const variables = Object.values(engine().registeredVariables);
  if (variables.length !== dataIds.size || !variables.every((variable) => dataIds.has(variable)))
    return "it makes or disposes variables";
  const assigned = variables.filter((variable) => dataIds.get(variable) !== variable.dataId);
  const tensors = [...returned, ...assigned];
  const values = tensors.map((tensor) => backend.valueBehind(tensor));
  const outputs = [...new Set(values)] as LazyValue[];
  if (!outputs.every((value) => value?.node && value.node.order >= recording.start))
    return "it returns or assigns a tensor that it has not computed";
  const made = backend.madeSince(recording.start);
  if (!made.every(({ value }) => outputs.includes(value!)))
    return "it keeps a tensor that it does not return";
  if (outputs.length === 0) return "it computes nothing";
  const subgraph = collect(outputs, new Set(holders.keys()));
  const sources = subgraph.leaves.map((leaf): Source | undefined => {
    const found = holders.get(leaf) ?? (leaf.base && holders.get(leaf.base));
    if (found) return { holders: found };
    return recording.hasMade(leaf)
      ? { holders: [], constant: { value: leaf, numbers: leaf.values } }
      : undefined;
  });
  const refusal = refusalOf(subgraph, recording, holders);
  if (refusal) return refusal;
  if (sources.includes(undefined)) return CAPTURED;
  const recorded = new RecordedGraph(subgraph);
  const together = LazyValue.call(recordedCall, subgraph.leaves, { recorded }, recorded.outputs);
  for (const record of made) record.value = together[outputs.indexOf(record.value!)];
  return {
    ...{ recorded, sources: sources as Source[], assigned, description },
    template: templateOf(result),
    results: tensors.map(({ shape, dtype }, i) => ({ output: outputs.indexOf(values[i]!), shape, dtype })),
  };
}

const CAPTURED = "it reads a tensor that is neither an argument nor a variable";

function refusalOf(
  { nodes }: Subgraph,
  { start }: Recording,
  holders: Before["holders"],
): string | undefined {
  for (const { kernel, inputs, order } of nodes) {
    if (kernel.onHost) return `it calls ${kernel.name}, which runs in JavaScript`;
    if (order < start && !(kernel === reshape && holders.has(inputs[0]))) return CAPTURED;
  }
  return undefined;
}

/**
 * What a plan's graph reads this time; `undefined` where its arguments and variables do not share contents as they did, or
 * are no longer there.
 */
export function bound(
  backend: Recorder,
  { recorded, sources }: Plan,
  tensors: readonly Tensor[],
): LazyValue[] | undefined {
  const { leaves } = recorded;
  const values = new Set<LazyValue>();
  for (const [i, { holders, constant }] of sources.entries()) {
    let value = constant?.value;
    for (const holder of holders) {
      const tensor = typeof holder === "number" ? tensors[holder] : holder;
      const held = tensor.isDisposed ? undefined : backend.valueBehind(tensor);
      if (!held || (value && value !== held)) return undefined;
      value = held;
    }
    const { shape, dtype } = leaves[i];
    if (value?.dtype !== dtype) return undefined;
    values.add(value.as(shape, reshape));
  }
  // A model has an input for each.
  return values.size === sources.length ? [...values] : undefined;
}

/** Does what the function did. */
export function replayed<R>(backend: Recorder, plan: Plan, inputs: readonly LazyValue[]): R {
  const { recorded, results, assigned } = plan;
  const infos = backend.call(recordedCall, inputs, { recorded }, recorded.outputs);
  const taken = new Set<number>();
  const tensors = results.map(({ output, shape, dtype }) => {
    const { dataId } = infos[output];
    if (taken.has(output)) backend.incRef(dataId);
    taken.add(output);
    return engine().makeTensorFromTensorInfo({ dataId, shape, dtype });
  });
  let next = tensors.length - assigned.length;
  for (const variable of assigned) {
    variable.assign(tensors[next]);
    tensors[next++].dispose();
  }
  return filled(plan.template, tensors.values());
}

/** In what two calls of a function differ beyond the contents of arguments and variables. */
export function differenceOf(
  a: Plan,
  b: Plan,
): { readonly inNumbers: boolean; readonly text: string } | undefined {
  const inStructure =
    a.recorded.structure !== b.recorded.structure ||
    !a.sources.every(({ holders }, i) => isSame(holders, b.sources[i].holders)) ||
    !isSame(a.assigned, b.assigned) ||
    !a.results.every(({ output }, i) => output === b.results[i].output);
  if (a.description !== b.description)
    return {
      inNumbers: true,
      text: `it returned ${b.description} where it returned ${a.description} before`,
    };
  if (inStructure) return { inNumbers: false, text: "it does not call the same kernels every time" };
  for (const [i, { constant }] of a.sources.entries()) {
    if (!constant) continue;
    const [one, other] = [constant.numbers, b.sources[i].constant!.numbers];
    const at = one.findIndex((value, j) => !Object.is(value, other[j]));
    if (at >= 0)
      return {
        inNumbers: true,
        text: `it made ${other[at]} out of JavaScript where it made ${one[at]} before`,
      };
  }
  return undefined;
}

const isSame = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i]);

import { engine, env, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { before, bound, differenceOf, type Plan, planOf, replayed } from "./plan.ts";
import type { Recorder } from "./recording.ts";
import { describe } from "./tensor-container.ts";

/** Signatures of which a function keeps what it did; the one not called for longest goes first. */
const MOST_SIGNATURES = 8;

/** A function of tensors that is recorded twice and then replayed; see `RecordingBackend.compile`. */
export interface CompiledFunction<A extends readonly unknown[], R> {
  (...args: A): R;
  /** Calls that were replayed. */
  readonly replays: number;
  /** Why the last call was not replayed, and the next ones will not be either, if that is known. */
  readonly refusal: string | undefined;
}

/** What a function does with arguments of one signature. */
interface Entry {
  plan?: Plan | undefined;
  /** Whether the last two recordings were the same, so that later calls are replayed. */
  isSteady: boolean;
  /** Whether numbers in it were seen to change: it is then recorded for ever. */
  changes: boolean;
  refusal?: string | undefined;
  replays: number;
}

export function compiledFunction<A extends readonly unknown[], R>(
  backend: Recorder,
  f: (...args: A) => R,
): CompiledFunction<A, R> {
  const entries = new Map<string, Entry>();
  let last: Entry | undefined;
  let replays = 0;
  const compiled = (...args: A): R => {
    const run = () => tidy(() => f(...args) as never) as R;
    if (mustRunPlainly(backend)) return run();
    const tensors: Tensor[] = [];
    const signature = `${backend.device} ${backend.isInFloat16} ${describe(args, (tensor) => tensors.push(tensor))}`;
    const entry = entries.get(signature) ?? { isSteady: false, changes: false, replays: 0 };
    entries.delete(signature);
    entries.set(signature, entry);
    if (entries.size > MOST_SIGNATURES) entries.delete(entries.keys().next().value!);
    last = entry;
    const { plan, isSteady } = entry;
    const inputs = plan && isSteady ? bound(backend, plan, tensors) : undefined;
    const isCheck = inputs && backend.checkReplays > 0 && ++entry.replays % backend.checkReplays === 0;
    if (!plan || !inputs || isCheck) return recorded(backend, entry, { tensors, run, isCheck });
    replays++;
    return replayed(backend, plan, inputs);
  };
  Object.defineProperty(compiled, "replays", { get: () => replays });
  Object.defineProperty(compiled, "refusal", { get: () => last?.refusal });
  return compiled as CompiledFunction<A, R>;
}

/** Gradients need each operation, and so do profiles and TensorFlow.js's debug mode. */
function mustRunPlainly({ isRecording }: Recorder): boolean {
  const { gradientDepth, profiling } = engine().state;
  return isRecording || gradientDepth > 0 || profiling || env().getBool("DEBUG");
}

interface Call<R> {
  readonly tensors: readonly Tensor[];
  readonly run: () => R;
  /** Whether it could have been replayed, and must do the same. */
  readonly isCheck: boolean | undefined;
}

function recorded<R>(backend: Recorder, entry: Entry, { tensors, run, isCheck }: Call<R>): R {
  const there = before(backend, tensors);
  const done = backend.recorded(run);
  const plan = planOf(backend, done, there);
  const isKnown = typeof plan !== "string";
  const difference = isKnown
    ? entry.plan && differenceOf(entry.plan, plan)
    : { inNumbers: false, text: plan };
  if (difference && isCheck) {
    throw new Error(
      `Cannot replay a compiled function: expected that it does the same in every call, got that ${difference.text}; pass what ` +
        "changes as a tensor, or as another argument, or do it outside of the function",
    );
  }
  entry.changes ||= difference?.inNumbers === true;
  entry.isSteady = isKnown && entry.plan !== undefined && !difference && !entry.changes;
  if (difference || !entry.changes) entry.refusal = difference?.text;
  entry.plan = isKnown ? plan : undefined;
  return done.result;
}

import * as tf from "@tensorflow/tfjs-core";

/** What a backend has that records functions of tensors and replays them, as the backend `onnx` does. */
interface CompilingBackend {
  compile<A extends unknown[], R>(f: (...args: A) => R): (...args: A) => R;
}

type AnyFunction = (...args: never[]) => unknown;

const known = new WeakMap<object, WeakMap<object, Map<AnyFunction, AnyFunction>>>();

/**
 * A function of a net, or of what trains one, and of tensors, as the backend in use computes it fastest: replayed, where it does
 * that. All that changes from call to call must be tensors or numbers among the arguments, or variables; it must read nothing.
 *
 * ```ts
 * const inference = (net: FaceNet, images: tf.Tensor4D) => net.model.apply(images) as tf.Tensor2D;
 * const embeddings = compiled(net, inference)(images);
 * ```
 *
 * @param state What `f` belongs to, and is kept as long as.
 * @param f Runs inside `tf.tidy`. The same function for every call: it is found again by it.
 */
export function compiled<S extends object, A extends unknown[], R>(
  state: S,
  f: (state: S, ...args: A) => R,
): (...args: A) => R {
  const backend = tf.backend() as Partial<CompilingBackend> & object;
  if (!backend.compile) return (...args) => tf.tidy(() => f(state, ...args) as never);
  const ofBackend = getOrMake(known, backend, () => new WeakMap<object, Map<AnyFunction, AnyFunction>>());
  const ofState = getOrMake(ofBackend, state, () => new Map<AnyFunction, AnyFunction>());
  let made = ofState.get(f) as ((...args: A) => R) | undefined;
  if (!made) {
    made = backend.compile((...args: A) => f(state, ...args));
    ofState.set(f, made);
  }
  return made;
}

function getOrMake<K extends object, V>(map: WeakMap<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found) return found;
  const made = make();
  map.set(key, made);
  return made;
}

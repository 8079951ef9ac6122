import { generator } from "./sample-identities.ts";

/**
 * A piece of the class weights `[N, D]` that a head starts with, a row an identity: uniform values, the same in every
 * piece and on every machine. Only their direction counts until weight decay and momentum meet their length.
 *
 * @param deviation Standard deviation; 0.01, as published for Partial FC, by default.
 * @param from Index of the first value, row-major.
 * @param length How many values.
 */
export function firstClassWeights(
  seed: number,
  deviation = 0.01,
  from: number,
  length: number,
): Float32Array {
  const next = generator(seed, -1, from);
  const limit = deviation * Math.sqrt(3);
  const weights = new Float32Array(length);
  for (let i = 0; i < length; i++) weights[i] = (2 * next() - 1) * limit;
  return weights;
}

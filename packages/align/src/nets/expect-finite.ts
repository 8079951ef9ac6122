import { WeightsError } from "@amface/weights";

/**
 * The values themselves, where all of them are finite: nets with other weights find nothing, and do not say why.
 *
 * @param what Which weights of the file they are.
 * @throws {WeightsError}
 */
export function expectFinite(values: Float32Array, what: string, file: string): Float32Array {
  const strange = values.find((value) => !Number.isFinite(value));
  if (strange === undefined) return values;
  throw new WeightsError(
    `Cannot use the weights ${file}: expected finite numbers in ${what}, got ${strange}`,
  );
}

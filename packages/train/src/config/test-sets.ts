import type { TestSetConfig } from "./options/evaluation-options.ts";
import type { EvaluationConfig } from "./train-config.ts";

/**
 * The test sets of a config.
 *
 * @throws {RangeError} Where a folder comes without pairs or pairs without a folder, or two sets have one name.
 */
export function testSetsOf(config: EvaluationConfig): TestSetConfig[] {
  const { lfwDir: dir, lfwPairs: pairs, lfwNrofFolds: folds, testSets = [] } = config;
  if ((dir === undefined) !== (pairs === undefined)) {
    const [given, missing] = dir === undefined ? ["lfwPairs", "lfwDir"] : ["lfwDir", "lfwPairs"];
    throw new RangeError(`expected ${missing} beside ${given}, got none`);
  }
  const lfw = dir === undefined || pairs === undefined ? [] : [{ name: "lfw", dir, pairs, folds }];
  const sets = [...lfw, ...testSets];
  const names = sets.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i || name === "validation");
  if (twice !== undefined) throw new RangeError(`testSets: expected names of their own, got ${twice} again`);
  return sets;
}

import { readFile } from "node:fs/promises";
import { quote } from "../pairs/quote.ts";
import { ListError } from "./list-error.ts";
import { type MatValue, parseMat } from "./parse-mat.ts";

/** Variables of a MATLAB file, each in the form that is asked for. */
export interface MatVariables {
  /** Numbers of an array, column after column. */
  numbers(name: string): Float64Array;
  /** Texts of a cell array. */
  texts(name: string): readonly string[];
  /** Arrays of numbers of a cell array. */
  numberLists(name: string): readonly Float64Array[];
}

/**
 * Reads variables of a MATLAB file; see `parseMat`.
 *
 * @param names Those that will be asked for.
 * @returns Functions that throw a `ListError` where a variable is missing or of another form.
 * @throws {ListError} When there is no such file, or it is damaged.
 */
export async function readMat(path: string, names: readonly string[]): Promise<MatVariables> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new ListError(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  const values = parseMat(bytes, names, path);
  const fail = (name: string, expected: string, got: string): never => {
    throw new ListError(`Cannot read ${path}: expected ${expected} in ${name}, got ${got}`);
  };
  const get = (name: string) => values.get(name) ?? fail(name, "a variable", "nothing of that name");
  const numbersOf = (name: string, value: MatValue) =>
    value.kind === "numbers" ? value.numbers : fail(name, "numbers", value.kind);
  const cellsOf = (name: string) => {
    const value = get(name);
    return value.kind === "cells" ? value.cells : fail(name, "a cell array", value.kind);
  };
  return {
    numbers: (name) => numbersOf(name, get(name)),
    numberLists: (name) => cellsOf(name).map((cell) => numbersOf(name, cell)),
    texts: (name) =>
      cellsOf(name).map((cell, i): string => {
        // Some programs put each text into a cell of its own.
        const value = cell.kind === "cells" && cell.cells.length === 1 ? cell.cells[0] : cell;
        return value.kind === "text" ? value.text : fail(`${name}{${i + 1}}`, "a text", value.kind);
      }),
  };
}

/**
 * Places in a list, from 0, of MATLAB's that count from 1.
 *
 * @param of How long the list is.
 * @param at What error messages call the numbers.
 * @throws {ListError} When one is none.
 */
export function matPlaces(numbers: Float64Array, of: number, at: string): Int32Array {
  return Int32Array.from(numbers, (number, i) => {
    if (Number.isInteger(number) && number >= 1 && number <= of) return number - 1;
    throw new ListError(
      `Cannot read ${at}: expected numbers from 1 to ${of}, got ${quote(String(number))} at place ${i + 1}`,
    );
  });
}

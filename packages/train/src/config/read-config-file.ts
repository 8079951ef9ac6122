import { stat } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { readText } from "@amface/files";
import { ConfigError } from "./resolve-config.ts";

const TYPESCRIPT = [".ts", ".mts", ".cts"];
const MODULES = [...TYPESCRIPT, ".js", ".mjs", ".cjs"];

/**
 * Reads options of a training config from a JSON file, or from a JavaScript or TypeScript module whose default export
 * they are. A module is run. TypeScript needs a runtime that loads it: Bun, Deno, or Node 22.18 or later.
 *
 * @returns The options as they are written, unchecked: for `resolveConfig` or `train`.
 * @throws {ConfigError} When the file cannot be read or loaded, or holds no object.
 */
export async function readConfigFile(path: string): Promise<Record<string, unknown>> {
  return MODULES.includes(extname(path)) ? await readModule(path) : await readJson(path);
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  const text = await readText(path).catch((error: Error) => {
    throw new ConfigError(`Cannot read ${path}: ${error.message}`, { cause: error });
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refusal(path, "a JSON object", (error as Error).message, error);
  }
  if (isObject(value)) return value;
  throw refusal(path, "a JSON object", text.trim().slice(0, 40));
}

async function readModule(path: string): Promise<Record<string, unknown>> {
  const { mtimeMs } = await stat(path).catch((error: Error) => {
    throw new ConfigError(`Cannot read ${path}: ${error.message}`, { cause: error });
  });
  // The time makes a module that has changed a new one under Node, where notebooks run; Bun keeps the first.
  const url = `${pathToFileURL(resolve(path))}?${mtimeMs}`;
  const module = await (import(url) as Promise<{ default?: unknown }>).catch((error: unknown) => {
    const { code, message = String(error) } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
    if (code === "ERR_UNKNOWN_FILE_EXTENSION" && TYPESCRIPT.includes(extname(path))) {
      const expected = "a runtime that loads TypeScript (Bun, Deno, or Node 22.18 or later)";
      throw refusal(path, expected, `Node ${process.version}; write it as .mjs or .json`, error);
    }
    throw refusal(path, "a module that loads", message.split("\n", 1)[0], error);
  });
  if (isObject(module.default)) return { ...module.default };
  const got =
    "default" in module ? typeof module.default : `exports ${Object.keys(module).join(", ") || "none"}`;
  throw refusal(path, "an object as default export", got);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const refusal = (path: string, expected: string, got: string, cause?: unknown) =>
  new ConfigError(`Cannot read the config ${path}: expected ${expected}, got ${got}`, { cause });

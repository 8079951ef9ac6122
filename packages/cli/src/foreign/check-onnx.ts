import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isBelow, openBytes } from "@amface/files";
import { type OnnxHeader, readOnnxHeader } from "@amface/nets";

/** Sets of operators that ONNX Runtime has. */
const DOMAINS = /^(ai\.onnx(\.ml)?|com\.microsoft(\.nchwc)?)\./;

export interface CheckedOnnx {
  readonly header: OnnxHeader;
  /** The files with its values, itself first. */
  readonly files: readonly string[];
}

/**
 * Looks at an ONNX file before ONNX Runtime gets it: what is wrong there is told in words.
 *
 * @throws {Error} Where it is damaged, has operators of other programs, or files beside it are missing or too short.
 */
export async function checkOnnx(path: string): Promise<CheckedOnnx> {
  const bytes = openBytes(path);
  let header: OnnxHeader;
  try {
    header = readOnnxHeader(bytes, path);
  } finally {
    bytes.close();
  }
  checkOperators(path, header);
  return { header, files: [path, ...(await checkExternal(path, header))] };
}

function checkOperators(path: string, { operators, functions }: OnnxHeader): void {
  const custom = [...operators.keys()].filter(
    (name) => name.includes(".") && !DOMAINS.test(name) && !functions.has(name),
  );
  if (custom.length === 0) return;
  throw new Error(
    `Cannot run ${path}: expected operators of ONNX or ONNX Runtime, got the custom ${custom.slice(0, 3).join(", ")}` +
      `${custom.length > 3 ? ", …" : ""}; export the model without them`,
  );
}

/** Files beside the model that hold its constants. */
async function checkExternal(path: string, { initializers }: OnnxHeader): Promise<string[]> {
  const ends = new Map<string, number>();
  for (const { name, external } of initializers) {
    if (external === undefined) continue;
    const { location, end } = external;
    if (!isBelow(location)) {
      throw new Error(
        `Cannot run ${path}: expected the values of ${name} in a file beside it, got ${JSON.stringify(location)}`,
      );
    }
    ends.set(location, Math.max(ends.get(location) ?? 0, end));
  }
  const files: string[] = [];
  for (const [location, end] of ends) {
    const file = join(dirname(path), location);
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile() && found.size >= end) files.push(file);
    else {
      const got = found?.isFile() ? `one of ${found.size} bytes` : "nothing there";
      throw new Error(
        `Cannot run ${path}: expected ${file} with at least ${end} bytes of its constants, got ${got}; ` +
          "copy that file with the model",
      );
    }
  }
  return files;
}

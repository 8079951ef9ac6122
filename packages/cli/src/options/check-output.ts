import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { WriteError } from "@amface/files";

/**
 * Looks whether a file can be written, folders above it made where they are missing, before the work whose result it is
 * for. Changes nothing.
 *
 * @throws {WriteError} When it is a folder, lies below a file, or may not be written.
 */
export async function checkOutput(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined))?.isDirectory()) {
    throw new WriteError(path, new Error("expected the name of a file, got a folder"));
  }
  let above = dirname(path);
  for (;;) {
    const found = await stat(above).catch(() => undefined);
    if (found?.isDirectory()) break;
    if (found || dirname(above) === above) {
      throw new WriteError(path, new Error(`expected a folder at ${above}, got something else there`));
    }
    above = dirname(above);
  }
  await access(above, constants.W_OK).catch((cause: Error) => {
    throw new WriteError(path, cause);
  });
}

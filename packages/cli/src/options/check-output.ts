import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { UsageError } from "../command/command.ts";

/**
 * Looks whether a file can be written, folders above it made where they are missing, before the work whose result it is
 * for. Changes nothing.
 *
 * @throws {UsageError} When it is a folder, lies below a file, or may not be written.
 */
export async function checkOutput(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined))?.isDirectory()) {
    throw new UsageError(`Cannot write ${path}: expected the name of a file, got a folder`);
  }
  let above = dirname(path);
  for (;;) {
    const found = await stat(above).catch(() => undefined);
    if (found?.isDirectory()) break;
    if (found || dirname(above) === above) {
      throw new UsageError(`Cannot write ${path}: expected a folder at ${above}, got something else there`);
    }
    above = dirname(above);
  }
  await access(above, constants.W_OK).catch((cause: Error) => {
    throw new UsageError(`Cannot write ${path}: ${cause.message}`, { cause });
  });
}

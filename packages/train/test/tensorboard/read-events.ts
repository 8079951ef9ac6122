import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pythonWith } from "../../../../test/python-with.ts";

/** What `read-events.py`, an independent reader, finds in a folder of TensorBoard events. */
export interface ReadEvents {
  /** The place in its file and the version of each file's first event. */
  readonly versions: readonly (readonly [number, string])[];
  /** By tag and step. */
  readonly tags: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const python = pythonWith("google.protobuf");

/** Why events cannot be read here, or false where they can. */
export function noReader(): string | false {
  return python ? false : "needs a Python with protobuf, such as Debian's python3-protobuf";
}

export function readEvents(folder: string): ReadEvents {
  const { status, stdout, stderr } = spawnSync(
    python!,
    [join(import.meta.dirname, "read-events.py"), folder],
    {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    },
  );
  if (status !== 0) throw new Error(`Cannot read the events of ${folder}: ${stderr}`);
  return JSON.parse(stdout);
}

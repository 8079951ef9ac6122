import { spawnSync } from "node:child_process";

/**
 * A Python that has these modules: the one that `AMFACE_PYTHON` names, such as a virtual environment's, `python3` of the
 * path, or Debian's own. `undefined` where none does.
 */
export function pythonWith(...modules: readonly string[]): string | undefined {
  const missing = `[m for m in ${JSON.stringify(modules)} if importlib.util.find_spec(m) is None]`;
  const check = `import importlib.util, sys; sys.exit(len(${missing}))`;
  return [process.env.AMFACE_PYTHON, "python3", "/usr/bin/python3"].find(
    (python) => python && spawnSync(python, ["-c", check]).status === 0,
  );
}

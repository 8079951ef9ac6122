/**
 * Whether a path that a file names stays below that file's folder, on any system: it is relative, goes up nowhere, and has
 * neither a drive's letter nor a NUL in it.
 */
export function isBelow(path: string): boolean {
  return path !== "" && !/^([\\/]|[a-z]:)|(^|[\\/])\.\.([\\/]|$)|\0/i.test(path);
}

/** Now, as part of a folder's name: `2026-01-31T12-00-00`. */
export function timestamp(): string {
  return new Date().toISOString().slice(0, 19).replaceAll(":", "-");
}

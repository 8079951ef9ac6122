/**
 * What names are compared by where those of a list meet those of files: one spelling (Unicode's NFC) of `José`, whose
 * accent macOS's folders have as a character of its own (NFD). Files are opened by the names that they have.
 */
export function nameKey(name: string): string {
  return name.normalize("NFC");
}

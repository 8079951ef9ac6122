const WORDS =
  /licen[cs]e|copyright|non-?commercial|research (use|purposes)|all rights reserved|\bCC[- ]?BY|\bApache\b|\b[AL]?GPL\b|\bMIT\b|\bBSD\b/i;

/** Lines that are told of each text, and characters of each line. */
const [MOST, LONGEST] = [5, 200];

/** The lines of texts that speak of a licence, each behind where it stands. */
export function licenceLines(texts: Readonly<Record<string, string>>): string[] {
  return Object.entries(texts).flatMap(([where, text]) => {
    const lines = text.split(/\r?\n/).map((line) => line.trim());
    const speaking = WORDS.test(where)
      ? lines.filter((line) => line !== "")
      : lines.filter((line) => WORDS.test(line));
    return speaking.slice(0, MOST).map((line) => `${where}: ${line.slice(0, LONGEST)}`);
  });
}

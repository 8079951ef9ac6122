const LONGEST = 60;

/** Text from a file for an error message: in quotes, without control characters, and not too long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}

import type { AlignOutcome } from "./align-outcome.ts";

/** A column of the manifest. */
export interface Column {
  readonly name: string;
  /** Digits after the point of its numbers; absent for text. */
  readonly digits?: number;
  /** Whether its whole numbers may exceed 32 bits. */
  readonly isLarge?: boolean;
  /** The outcome's cell, `undefined` for an empty one. */
  of(outcome: AlignOutcome): string | number | undefined;
}

const text = (name: string, of: Column["of"]): Column => ({ name, of });
const number = (name: string, digits: number, of: Column["of"]): Column => ({ name, digits, of });

/** Pixels to three digits, scores to six. */
export const MANIFEST_COLUMNS: readonly Column[] = [
  text("path", ({ path }) => path),
  text("outcome", ({ outcome }) => outcome),
  text("crop", ({ crop }) => crop),
  number("faces", 0, ({ faces }) => faces),
  number("score", 6, ({ face }) => face?.score),
  ...["x1", "y1", "x2", "y2"].map((name, i) => number(name, 3, ({ face }) => face?.box[i])),
  ...["left_eye", "right_eye", "nose", "left_mouth", "right_mouth"].flatMap((name, i) => [
    number(`${name}_x`, 3, ({ face }) => face?.landmarks[i][0]),
    number(`${name}_y`, 3, ({ face }) => face?.landmarks[i][1]),
  ]),
  text("warning", ({ warnings }) => warnings?.join(" ")),
  text("reason", ({ reason }) => reason),
  { ...number("bytes", 0, ({ version }) => version?.bytes), isLarge: true },
  text("modified", ({ version }) => version?.modified),
  text("look", ({ face }) => face && (face.look ?? "first")),
];

import { jsonShape, parseJson } from "@amface/files";

/** A figure that was measured with the weights. */
export interface CardFigure {
  /** On what: `3,811 photos of LFW`. */
  readonly on: string;
  readonly what: string;
  readonly value: number;
  /** `%`, or what else the value is in; empty for a plain number. */
  readonly unit: string;
  /** 95 %, in the same unit; null where none was measured. */
  readonly interval: readonly [low: number, high: number] | null;
}

/** What a file of weights learned from and may be used for: `NAME.json` beside `NAME.safetensors`. */
export interface ModelCard {
  readonly format: "amface-model-card";
  readonly version: 1;
  readonly name: string;
  /** One sentence. */
  readonly does: string;
  /** The file that the card is of. */
  readonly file: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** When the weights were made, `2026-11-27`. */
  readonly date: string;
  /** What they may be used for, in short; the licence's file tells all. */
  readonly terms: string;
  readonly licence: string;
  readonly learnedFrom: readonly { readonly data: string; readonly photos: number; readonly terms: string }[];
  readonly recipe: { readonly command: string; readonly hours: number; readonly description: string };
  readonly measured: readonly CardFigure[];
  /** The same for groups of people; empty where nobody measured them, which `limits` then says. */
  readonly groups: readonly CardFigure[];
  readonly limits: readonly string[];
  readonly intended: readonly string[];
  readonly notIntended: readonly string[];
}

const { fields, listOf, number, oneOf, text } = jsonShape;

const interval: jsonShape.Shape = (value, field) =>
  value === null ? undefined : listOf(number, 2)(value, field);
const FIGURES = listOf(fields<CardFigure>({ on: text, what: text, value: number, unit: text, interval }));
const CARD = fields<ModelCard>({
  format: oneOf("amface-model-card"),
  version: oneOf(1),
  name: text,
  does: text,
  file: text,
  bytes: number,
  sha256: text,
  date: text,
  terms: text,
  licence: text,
  learnedFrom: listOf(fields<ModelCard["learnedFrom"][number]>({ data: text, photos: number, terms: text })),
  recipe: fields<ModelCard["recipe"]>({ command: text, hours: number, description: text }),
  measured: FIGURES,
  groups: FIGURES,
  limits: listOf(text),
  intended: listOf(text),
  notIntended: listOf(text),
});

/** @throws {TypeError | SyntaxError} Where the JSON is no card; it names the field, what was expected and what was got. */
export const parseModelCard = (json: string): ModelCard => parseJson<ModelCard>(json, CARD);

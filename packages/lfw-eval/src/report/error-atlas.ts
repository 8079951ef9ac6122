import { type Html, html } from "./html.ts";

/** A picture as a file's bytes. */
export interface ReportPicture {
  readonly name: string;
  /** PNG or JPEG. */
  readonly bytes: Uint8Array;
  /** Points to draw over it, in pixels of a picture of this size. */
  readonly landmarks?: {
    readonly points: readonly (readonly [x: number, y: number])[];
    readonly width: number;
    readonly height: number;
  };
}

export interface ReportPair {
  readonly a: ReportPicture;
  readonly b: ReportPicture;
  readonly same: boolean;
  /** Squared distance. */
  readonly distance: number;
  /** Whether the pair is on a list of known label errors. */
  readonly labelError?: boolean;
}

/** The pairs as pictures, those of two people and those of one apart, each told wrong or right at a threshold. */
export function errorAtlas(pairs: readonly ReportPair[], threshold: number): Html {
  const part = (same: boolean, heading: string) => {
    const own = pairs.filter((pair) => pair.same === same);
    if (own.length === 0) return undefined;
    const wrong = own.filter(({ distance }) => distance < threshold !== same).length;
    return html`<h3>${heading}</h3><p>${wrong} of these ${own.length} are told wrong at the threshold ${threshold.toFixed(2)}.</p>
<div class="pairs">${own.map((pair) => pairFigure(pair, threshold))}</div>`;
  };
  return html`${part(false, "Different people, the nearest first")}${part(true, "Same person, the farthest first")}`;
}

function pairFigure({ a, b, same, distance, labelError }: ReportPair, threshold: number): Html {
  const outcome = distance < threshold === same ? "" : same ? " (false reject)" : " (false accept)";
  const mark = labelError ? html`<br><strong class="error">known label error</strong>` : undefined;
  return html`<figure>${picture(a)}${picture(b)}
<figcaption>${same ? "same person" : "different people"}, distance ${distance.toFixed(2)}${outcome}${mark}<br>${a.name}<br>${b.name}</figcaption></figure>\n`;
}

function picture({ name, bytes, landmarks }: ReportPicture): Html {
  const type = bytes[0] === 0x89 ? "image/png" : "image/jpeg";
  const points =
    landmarks &&
    html`<svg viewBox="0 0 ${landmarks.width} ${landmarks.height}" aria-hidden="true">${landmarks.points.map(
      ([x, y]) =>
        html`<circle cx="${(x + 0.5).toFixed(1)}" cy="${(y + 0.5).toFixed(1)}" r="${(landmarks.height / 60).toFixed(1)}" fill="#00e676"/>`,
    )}</svg>`;
  return html`<span class="picture"><img alt="${name}" src="data:${type};base64,${Buffer.from(bytes).toString("base64")}">${points}</span>`;
}

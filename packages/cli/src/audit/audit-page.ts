import { join } from "node:path";
import { identityOf } from "@amface/data";
import { contactSheet, readImage } from "@amface/images";
import { FIGURE_COLOURS, figure, type Html, html, type PageSection, renderPage } from "@amface/lfw-eval";
import type { Audit } from "./audit-folder.ts";
import { FACES_NOT_COMPARED } from "./render-audit.ts";

/** Findings of a kind that are shown as pictures. */
const SHOWN = 24;
/** Height of a picture, pixels. */
const HEIGHT = 112;
const BARS = 44;

/** Two photos beside each other, and what they are. */
interface Pair {
  readonly photos: readonly [path: string, path: string];
  /** Where the second one lies, if not in the audited folder. */
  readonly dir?: string;
  readonly caption: string;
}

/** A page that shows an audit: counts, sizes, poses, what is wrong with pictures of it, and what to leave out. */
export async function auditPage(audit: Audit, testDir?: string): Promise<string> {
  const { labels, overlap, duplicates, counts, leaveOut } = audit;
  const likest = likestPhotos(audit);
  const shown = async (pairs: readonly Pair[]) => pictures(audit.dir, pairs.slice(0, SHOWN));
  const wrong = await shown(
    labels.wrongLabels
      .toSorted((a, b) => a.likeness - b.likeness)
      .map(({ path, identity, likeness, other }) => ({
        photos: [path, likest.get(other ?? identity)!],
        caption: `${path}, likeness ${likeness.toFixed(2)}${other === undefined ? "; beside it who it should be" : `; looks like ${other}`}`,
      })),
  );
  const twoPeople = await shown(
    labels.twoPeople.map(({ identity, first, second, likeness }) => ({
      photos: [first[0], second[0]],
      caption: `${identity}: ${first.length} and ${second.length} photos, likeness ${likeness.toFixed(2)}`,
    })),
  );
  const twoNames = await shown(
    labels.twoNames.map(({ identity, photos, other, otherPhotos, likeness }) => ({
      photos: [likest.get(identity)!, likest.get(other)!],
      caption: `${identity} (${photos} photos), ${other} (${otherPhotos}), likeness ${likeness.toFixed(2)}`,
    })),
  );
  const copies = duplicates.filter(({ keep }) => !keep);
  const copyPairs = await shown(
    copies.map(({ path, of, distance }) => ({
      photos: [of, path],
      caption: `${of}, ${path}: ${distance} bits`,
    })),
  );
  const testPairs = await shown(
    (overlap?.copies ?? []).map(({ training, test, bits }) => ({
      photos: [training, test],
      dir: testDir!,
      caption: `${training}, in the test ${test}: ${bits} bits`,
    })),
  );
  const { photos, identities } = counts;
  const lost = photos - leaveOut.photosLeft;
  const summary =
    `${photos} photos of ${identities} identities; leaving out what was found costs ${lost} photos ` +
    `(${percent(lost / photos)}) and ${identities - leaveOut.identitiesLeft} identities.`;
  return renderPage({
    title: `Audit of ${audit.dir}`,
    summary,
    sections: (add): PageSection[] => {
      const chart = (shown: Parameters<typeof add>[0]) => html`<div class="chart" id="${add(shown)}"></div>`;
      return [
        { heading: "What to leave out", body: costTable(audit) },
        {
          heading: "Counts",
          body: html`<p>${counts.min} to ${counts.max} photos an identity, the median is ${counts.median}; ${counts.singletons}
identities have one photo. The tenth of identities with most photos has ${percent(counts.largestTenth)} of all.</p>${chart(countsFigure(audit))}`,
        },
        { heading: "Photos", body: photoFacts(audit) },
        {
          heading: "Wrong labels",
          body: html`<p>${labels.wrongLabels.length} photos are unlike the rest of their identity: their likeness, a cosine, is
below ${labels.limit.toFixed(2)}, as that of 99 % of photos and identities that do not belong together, or another identity is much liker. Each stands beside the likest photo of who it looks like. ${incoherentText(audit)}</p>${chart(likenessFigure(audit))}${wrong}`,
        },
        {
          heading: "Two people under one name",
          body: html`<p>${labels.twoPeople.length} identities fall into two groups.</p>${twoPeople}`,
        },
        {
          heading: "One person under two names",
          body: html`<p>${labels.twoNames.length} pairs of identities look like one person. To keep the photos, put them under one name.</p>${twoNames}`,
        },
        {
          heading: "Copies",
          body: html`<p>${copies.length} photos are copies of others, ${copies.filter(({ exact }) => exact).length} of them byte for byte,
${copies.filter(({ sameIdentity }) => !sameIdentity).length} under another name.</p>${copyPairs}`,
        },
        ...(overlap
          ? [{ heading: "Shared with the test set", body: html`${overlapTable(overlap)}${testPairs}` }]
          : []),
      ];
    },
  });
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function costTable({ leaveOut, counts }: Audit): Html {
  const row = (reason: string, photos: number, identities: number) =>
    html`<tr><td>${reason}</td><td class="number">${photos}</td><td class="number">${percent(photos / counts.photos)}</td><td class="number">${identities}</td></tr>\n`;
  return html`<table><thead><tr><th>reason</th><th class="number">photos</th><th class="number">share</th><th
class="number">identities lost</th></tr></thead><tbody>${leaveOut.costs.map(({ reason, photos, identities }) => row(reason, photos, identities))}
${row("left", leaveOut.photosLeft, counts.identities - leaveOut.identitiesLeft)}</tbody></table>
<p>A photo counts for the first reason. The last line has what is left, and the identities of which nothing is.
exclude.txt beside this page has the list, for amface train --exclude-file.</p>`;
}

function countsFigure({ counts }: Audit) {
  return figure(
    "Photos an identity",
    "photos",
    "identities",
    [
      {
        type: "bar",
        x: counts.histogram.map(({ from, to }) => (from === to ? String(from) : `${from} to ${to}`)),
        y: counts.histogram.map(({ identities }) => identities),
        marker: { color: FIGURE_COLOURS[0] },
      },
    ],
    { xaxis: { type: "category" } },
  );
}

function photoFacts({ sizes, unreadable, blur, poses, labels }: Audit): Html {
  const rows: [string, string][] = [
    ...sizes
      .slice(0, 8)
      .map(({ width, height, photos }): [string, string] => [`${width} × ${height} pixels`, String(photos)]),
    ...(sizes.length > 8
      ? [
          ["other sizes", String(sizes.slice(8).reduce((sum, { photos }) => sum + photos, 0))] as [
            string,
            string,
          ],
        ]
      : []),
    ["cannot be read", String(unreadable.length)],
    ["without an embedding", String(labels.unembedded.length)],
    [
      "blurred",
      blur.measured === 0
        ? "not measured: no aligned crops"
        : `${blur.blurred.length} of ${blur.measured} crops`,
    ],
  ];
  if (poses !== undefined) {
    const { measured } = poses;
    rows.push(
      ["frontal: the nose within a fifth of the way to an eye", `${poses.frontal} of ${measured}`],
      ["turned: within half", String(poses.turned)],
      ["profile: beyond", String(poses.profile)],
      ["tilted by more than 20°", String(poses.tilted)],
      ["median distance of the eyes", `${poses.medianEyes.toFixed(0)} pixels`],
    );
  }
  const note =
    poses === undefined
      ? html`<p>Poses are not known: no manifest of amface align, and --detect was not given.</p>`
      : undefined;
  return html`<table><tbody>${rows.map(([name, value]) => html`<tr><td>${name}</td><td class="number">${value}</td></tr>\n`)}</tbody></table>${note}`;
}

function incoherentText({ labels }: Audit): string {
  const { incoherent } = labels;
  return incoherent.length === 0
    ? ""
    : `Of ${incoherent.length} identities no photo is like another: ${incoherent.slice(0, 10).join(", ")}${incoherent.length > 10 ? ", …" : "."}`;
}

function likenessFigure({ likeness, labels }: Audit) {
  const values = [...likeness.values()].filter((value) => !Number.isNaN(value));
  const counts = new Array<number>(BARS).fill(0);
  const bar = (value: number) => Math.min(BARS - 1, Math.max(0, Math.floor((value + 0.4) / 0.05)));
  for (const value of values) counts[bar(value)]++;
  return figure(
    "Likeness of photos to the rest of their identity",
    "likeness",
    "photos",
    [
      {
        type: "bar",
        x: counts.map((_, i) => Number((0.05 * i - 0.375).toFixed(3))),
        y: counts,
        marker: { color: FIGURE_COLOURS[0] },
      },
    ],
    {
      yaxis: { type: "log" },
      shapes: [
        {
          type: "line",
          x0: labels.limit,
          x1: labels.limit,
          yref: "paper",
          y0: 0,
          y1: 1,
          line: { color: FIGURE_COLOURS[1], dash: "dash" },
        },
      ],
    },
  );
}

function overlapTable({ names, people, copies }: NonNullable<Audit["overlap"]>): Html {
  const row = (by: string, training: string, test: string, value: string) =>
    html`<tr><td>${by}</td><td>${training}</td><td>${test}</td><td class="number">${value}</td></tr>\n`;
  const [faces, note] = people ? [`, ${people.length} look like one`, ""] : ["", `; ${FACES_NOT_COMPARED}`];
  return html`<p>${names.length} identities have a test person's name${faces}, ${copies.length} photos are copies of test photos${note}.</p>
<table><thead><tr><th>by</th><th>identity</th><th>in the test</th><th class="number">likeness</th></tr></thead><tbody>
${names.slice(0, SHOWN).map(({ training, test }) => row("name", training, test, ""))}
${(people ?? []).slice(0, SHOWN).map(({ training, test, likeness }) => row("face", training, test, likeness.toFixed(2)))}</tbody></table>`;
}

/** Of each identity the photo that is most like the rest. */
function likestPhotos({ likeness }: Audit): Map<string, string> {
  const best = new Map<string, string>();
  for (const [path, value] of likeness) {
    const earlier = best.get(identityOf(path));
    if (earlier === undefined || value > likeness.get(earlier)!) best.set(identityOf(path), path);
  }
  return best;
}

async function pictures(dir: string, pairs: readonly Pair[]): Promise<Html> {
  const figures: Html[] = [];
  for (const { photos, dir: otherDir = dir, caption } of pairs) {
    const sides = [join(dir, photos[0]), join(otherDir, photos[1])];
    const images = await Promise.all(sides.map((path) => readImage(path).catch(() => undefined)));
    const readable = images.flatMap((image) => image ?? []);
    if (readable.length === 0) continue;
    const scale = Math.min(1, HEIGHT / Math.max(...readable.map(({ height }) => height)));
    const sheet = await contactSheet(readable, { columns: 2, scale, palette: false });
    figures.push(
      html`<figure><img alt="${caption}" src="data:image/png;base64,${sheet.toString("base64")}"><figcaption>${caption}</figcaption></figure>\n`,
    );
  }
  return html`<div class="pairs">${figures}</div>`;
}

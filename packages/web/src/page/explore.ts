import type { Box } from "../box.ts";
import type { Picture, Rows } from "../messages.ts";
import { ask } from "./ask.ts";
import { byId, element, problem } from "./element.ts";
import { usualThreshold } from "./far.ts";
import { pictureOf } from "./picture.ts";
import { showLoading } from "./progress.ts";

/** A face that was found, with its tile in the page. */
interface Tile {
  readonly name: string;
  readonly crop: Picture;
  readonly item: HTMLLIElement;
  readonly note: HTMLElement;
}

let tiles: Tile[] = [];
let rows: Rows | null = null;
let stopped = false;
/** Counts choices of photos: answers to older ones are dropped. */
let run = 0;

/** The tab that sorts the faces of many photos. */
export function startExplore(box: Box): void {
  for (const id of ["explore-folder", "explore-files"]) {
    const input = byId<HTMLInputElement>(id);
    input.addEventListener("change", () => {
      const files = [...(input.files ?? [])].filter(({ type }) => type.startsWith("image/"));
      input.value = "";
      void explore(files, box);
    });
  }
  byId("explore-stop").addEventListener("click", () => {
    stopped = true;
  });
}

async function explore(files: readonly File[], box: Box): Promise<void> {
  const mine = ++run;
  [tiles, rows, stopped] = [[], null, false];
  for (const id of ["explore-faces", "explore-problems"]) byId(id).replaceChildren();
  byId("explore-groups").hidden = true;
  byId("explore-order").hidden = true;
  byId("explore-stop").hidden = files.length === 0;
  if (files.length === 0) {
    byId("explore-status").textContent = "No photos are among these files.";
    return;
  }
  const parts: Float32Array[] = [];
  let size = 0;
  for (const [i, file] of files.entries()) {
    if (stopped) break;
    say(`Photo ${i + 1} of ${files.length}: ${tiles.length} faces so far`, i % 5 === 0);
    try {
      const { faces } = await ask("faces", file, showLoading);
      if (mine !== run) return;
      const crops = faces.map(({ crop }) => crop);
      if (box.embedder && crops.length > 0) {
        const found = await ask("embed", crops, showLoading);
        if (mine !== run) return;
        parts.push(found.data);
        size = found.size;
      }
      for (const crop of crops) add(file.webkitRelativePath || file.name, crop);
    } catch (error) {
      if (mine !== run) return;
      byId("explore-problems").append(problem(error));
    }
  }
  byId("explore-stop").hidden = true;
  if (size > 0) rows = { data: joined(parts), size };
  say(
    `${tiles.length === 1 ? "One face" : `${tiles.length} faces`} in ${files.length} photos.${rows ? " Choose one to sort by similarity to it." : ""}`,
    true,
  );
  await showGroups(box);
}

/** @param now Whether screen readers shall hear of it. */
function say(text: string, now: boolean): void {
  const status = byId("explore-status");
  status.setAttribute("aria-live", now ? "polite" : "off");
  status.textContent = text;
}

function add(name: string, crop: Picture): void {
  const row = tiles.length;
  const note = element("span", { class: "small" }, name);
  const button = element(
    "button",
    { type: "button", class: "crop", onclick: () => void sortBy(row) },
    pictureOf(crop, `face in ${name}`),
    note,
  );
  const item = element("li", {}, button);
  tiles.push({ name, crop, item, note });
  byId("explore-faces").append(item);
}

/** Sorts all faces by similarity to one of them. */
async function sortBy(row: number): Promise<void> {
  if (rows === null) return;
  const mine = run;
  const distances = await ask("distances", { rows, row });
  if (mine !== run) return;
  const order = tiles.map((_, i) => i).sort((a, b) => distances[a] - distances[b]);
  for (const i of order) {
    tiles[i].note.textContent =
      i === row ? `${tiles[i].name}: this one` : `${tiles[i].name}: distance ${distances[i].toFixed(2)}`;
    tiles[i].item.querySelector("button")?.setAttribute("aria-pressed", String(i === row));
  }
  byId("explore-faces").append(...order.map((i) => tiles[i].item));
  const heading = byId("explore-order");
  heading.hidden = false;
  heading.textContent = `By similarity to the face in ${tiles[row].name}`;
  tiles[row].item.querySelector("button")?.focus();
}

async function showGroups(box: Box): Promise<void> {
  const threshold = usualThreshold(box);
  if (rows === null || threshold === undefined || tiles.length < 2) return;
  const mine = run;
  const groups = await ask("groups", { rows, threshold });
  if (mine !== run) return;
  const list = groups.map((group) =>
    element(
      "li",
      {},
      `${group.length} faces `,
      ...group.map((i) => pictureOf(tiles[i].crop, `face in ${tiles[i].name}`)),
    ),
  );
  const area = byId("explore-groups");
  area.hidden = false;
  area
    .querySelector("ol")
    ?.replaceChildren(...(list.length > 0 ? list : [element("li", {}, "No two faces are of one person.")]));
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

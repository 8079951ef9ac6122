import type { Box } from "../box.ts";
import type { Comparison, PhotoFaces, Picture } from "../messages.ts";
import { ask } from "./ask.ts";
import { openCamera } from "./camera.ts";
import { byId, element, problem } from "./element.ts";
import { farChoice, farsOf, usualFar } from "./far.ts";
import { describeThreads } from "./here.ts";
import { faceChoice, notesOn, photoView } from "./photo-view.ts";
import { showLoading } from "./progress.ts";
import { distanceScale } from "./scale.ts";

/** One of the two photos. */
interface Slot {
  readonly root: HTMLElement;
  photo?: { readonly address: string; readonly name: string; readonly found: PhotoFaces; chosen: number };
}

/** Counts what the verdict is about: answers to older questions are not shown. */
let question = 0;

const SAYS = { same: "The same person", different: "Different people", unsure: "Not sure" } as const;

/** The tab that compares two photos. */
export function startVerify(box: Box): void {
  const slots = [slot("First photo"), slot("Second photo")] as const;
  let far = usualFar(box);
  const show = async () => {
    const asked = ++question;
    const faces = slots.map(({ photo }) => photo?.found.faces[photo.chosen]);
    const [a, b] = faces;
    if (!a || !b) return;
    const notes = faces.map(
      (face, i) => face && notesOn(face) && `${["First", "Second"][i]} photo: ${notesOn(face)}.`,
    );
    const crops: [Picture, Picture] = [a.crop, b.crop];
    try {
      if (box.embedder === null)
        throw new Error("Cannot compare the faces: no embedder is in this page's box");
      byId("verdict").setAttribute("aria-busy", "true");
      const answer = await ask("compare", { crops, far }, showLoading);
      if (asked !== question) return;
      const verdict = render(
        answer,
        box,
        notes.filter((note) => note),
      );
      byId("verdict").replaceChildren(...verdict, ...(farsOf(box).length > 1 ? [choice] : []));
      await describeThreads();
    } catch (error) {
      if (asked === question) byId("verdict").replaceChildren(problem(error));
    } finally {
      byId("verdict").removeAttribute("aria-busy");
    }
  };
  const choice = farChoice(box, (chosen) => {
    far = chosen;
    void show();
  });
  for (const each of slots) listen(each, show);
  byId("slots").append(...slots.map(({ root }) => root));
}

function slot(title: string): Slot {
  const input = element("input", { type: "file", accept: "image/*" });
  const camera = element("button", { type: "button", class: "camera" }, "Use the camera");
  const root = element(
    "fieldset",
    { class: "slot" },
    element("legend", {}, title),
    element(
      "div",
      { class: "inputs" },
      element("label", { class: "button" }, "Choose or drop a photo", input),
      camera,
    ),
    element("div", { class: "result", "aria-live": "polite" }),
  );
  return { root };
}

/** Takes photos that are chosen, dropped or taken. */
function listen(slot: Slot, onFaces: () => Promise<void>): void {
  const { root } = slot;
  const result = root.querySelector(".result") as HTMLElement;
  let last = 0;
  const take = async (file: Blob, name: string) => {
    const turn = ++last;
    result.replaceChildren(element("p", {}, `Looking for faces in ${name} …`));
    result.setAttribute("aria-busy", "true");
    question++;
    byId("verdict").replaceChildren();
    if (slot.photo) URL.revokeObjectURL(slot.photo.address);
    delete slot.photo;
    try {
      const found = await ask("faces", file, showLoading);
      if (turn !== last) return;
      slot.photo = { address: URL.createObjectURL(file), name, found, chosen: 0 };
      draw(slot, result, onFaces);
      await onFaces();
    } catch (error) {
      if (turn === last) result.replaceChildren(problem(error));
    } finally {
      if (turn === last) result.removeAttribute("aria-busy");
    }
  };
  const input = root.querySelector("input") as HTMLInputElement;
  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    if (file) void take(file, file.name);
    input.value = "";
  });
  root.querySelector(".camera")?.addEventListener("click", (event) => {
    void openCamera(
      byId("camera"),
      event.currentTarget as HTMLElement,
      (photo) => void take(photo, "the camera's photo"),
    );
  });
  root.addEventListener("dragover", (event) => event.preventDefault());
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer?.files ?? [];
    if (file) void take(file, file.name);
  });
}

function draw(slot: Slot, result: HTMLElement, onFaces: () => Promise<void>): void {
  const photo = slot.photo as NonNullable<Slot["photo"]>;
  const { address, name, found } = photo;
  const choose = (chosen: number) => {
    photo.chosen = chosen;
    draw(slot, result, onFaces);
    (result.querySelectorAll(".crop")[chosen] as HTMLElement).focus();
    void onFaces();
  };
  const said =
    found.faces.length === 0
      ? problem(
          new Error(`No face was found in ${name}. Try a photo in which a face is larger or better lit.`),
        )
      : element(
          "p",
          {},
          found.faces.length === 1 ? "One face" : `${found.faces.length} faces; the pressed one is compared`,
        );
  result.replaceChildren(photoView(address, name, found), said, faceChoice(found, photo.chosen, choose));
}

function render(
  { distance, decision }: Comparison,
  box: Box,
  notes: readonly (string | undefined)[],
): HTMLElement[] {
  const said = decision ? SAYS[decision.decision] : "No threshold card: no decision";
  const card = box.embedder?.thresholds;
  const measured = card
    ? `Thresholds were measured on ${card.measured.pairs}: ${card.measured.same} pairs of one person, ${card.measured.different} of two.`
    : "";
  return [
    element("p", { class: `said ${decision?.decision ?? ""}` }, said),
    element(
      "p",
      {},
      `Distance ${distance.toFixed(3)}${decision ? `, threshold ${decision.threshold.toFixed(3)}` : ""}${decision?.band ? `, not sure from ${decision.band[0].toFixed(3)} to ${decision.band[1].toFixed(3)}` : ""}.`,
    ),
    distanceScale(distance, decision),
    ...[...notes, measured]
      .filter((note) => note)
      .map((note) => element("p", { class: "small" }, note as string)),
  ];
}

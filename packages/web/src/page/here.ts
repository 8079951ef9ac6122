import { type Box, partsOf } from "../box.ts";
import { ask } from "./ask.ts";
import { byId } from "./element.ts";
import { whyNotKept } from "./service-worker.ts";

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

/** What this browser can do for the page, and what it cannot. */
export function describeHere(box: Box): void {
  const size = megabytes(partsOf(box).reduce((sum, { bytes }) => sum + bytes, 0));
  const threads = crossOriginIsolated
    ? `WebAssembly on up to ${navigator.hardwareConcurrency} threads`
    : "WebAssembly on one thread: this page is not cross-origin isolated, all works at about half the speed or less";
  const gpu = "gpu" in navigator ? "WebGPU is there, and not used: " : "No WebGPU here, and none is needed: ";
  const why = whyNotKept();
  const offline = navigator.serviceWorker?.controller
    ? `What was loaded is kept, and works without a network. ${why ? `A newer version of this page was not taken: ${why}` : ""}`
    : `Without a service worker nothing is kept for use without a network. ${why ?? ""}`;
  byId("here").textContent = `${gpu}${threads}. ${size} MB before the first answer. ${offline}`;
}

/** Says that nets are missing, where they are. */
export function describeBox({ embedder }: Box): void {
  const note = byId("no-embedder");
  if (embedder === null) {
    note.textContent =
      "No embedder is in this page's box: faces are found and cut out, but cannot be compared. Train and Evaluate work. " +
      "A build with an embedder in @amface/weights can compare.";
  } else if (embedder.thresholds === null) {
    note.textContent = `The embedder ${embedder.name} has no threshold card: distances are shown, but nothing is decided by them.`;
  } else {
    note.textContent = embedder.terms ? `Embedder ${embedder.name}: ${embedder.terms}` : "";
  }
  note.hidden = note.textContent === "";
}

/** How many threads compute, once something has been computed. */
export async function describeThreads(): Promise<void> {
  const { threads, reason } = await ask("threads", undefined);
  byId("here").dataset.threads = `${threads}: ${reason}`;
}

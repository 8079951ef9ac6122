const ONCE = "amface-isolating";
const RENEWED = "amface-renewed";
/** Milliseconds that a page waits for word of a new version, and then for its files, before it starts as it is. */
const CHECK = 3_000;
const INSTALL = 15_000;

/** Why the newest version is not kept, where its service worker says so. */
let notKept: string | undefined;
export const whyNotKept = (): string | undefined => notKept;

/**
 * Starts the service worker, which keeps the page's files and makes it cross-origin isolated. Where it has just come, or a new
 * version has, the page is loaded once more, before anything large.
 *
 * @param onWord Called whenever `whyNotKept` has changed, long after the start too.
 * @returns Whether the page is about to be loaded again.
 */
export async function startServiceWorker(onWord: () => void): Promise<boolean> {
  if (!("serviceWorker" in navigator) || new URLSearchParams(location.search).has("alone")) return false;
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    notKept = data.notKept;
    onWord();
  });
  try {
    const registration = await navigator.serviceWorker.register("./sw.js");
    if (registration.active && navigator.serviceWorker.controller) return await takeNewVersion(registration);
    const worker = registration.active ?? registration.waiting ?? registration.installing;
    if (worker === null || !(await reaches(worker, "activated"))) return false;
  } catch {
    return false; // private windows of some browsers have none: the page says so
  }
  if (crossOriginIsolated || sessionStorage.getItem(ONCE)) return false;
  sessionStorage.setItem(ONCE, "yes");
  location.reload();
  return true;
}

/** Looks for a new version, and loads the page again with it; where it does not come soon, the next visit takes it. */
async function takeNewVersion(registration: ServiceWorkerRegistration): Promise<boolean> {
  const checked = registration.update().then(
    () => true,
    () => false, // without a network
  );
  await within(CHECK, checked);
  const next = registration.installing ?? registration.waiting;
  if (next === null) registration.active?.postMessage("forget old versions");
  // Hosts that answer now so, now so would have it loaded for ever.
  const again = Date.now() - Number(sessionStorage.getItem(RENEWED) ?? 0) < 60_000;
  if (next === null || again || !(await within(INSTALL, reaches(next, "installed")))) return false;
  next.postMessage("take over");
  if (!(await within(INSTALL, reaches(next, "activated")))) return false;
  sessionStorage.setItem(RENEWED, String(Date.now()));
  location.reload();
  return true;
}

const STATES = ["parsed", "installing", "installed", "activating", "activated"];

/** Whether a service worker gets so far; its `ready` would wait for ever for one that cannot be installed. */
function reaches(worker: ServiceWorker, state: ServiceWorkerState): Promise<boolean> {
  return new Promise((resolve) => {
    const look = () => {
      if (worker.state === "redundant") resolve(false);
      else if (STATES.indexOf(worker.state) >= STATES.indexOf(state)) resolve(true);
    };
    worker.addEventListener("statechange", look);
    look();
  });
}

/** What comes in time, or false. */
function within(milliseconds: number, answer: Promise<boolean>): Promise<boolean> {
  return Promise.race([
    answer,
    new Promise<false>((resolve) => setTimeout(() => resolve(false), milliseconds)),
  ]);
}

const ONCE = "amface-isolating";

/**
 * Starts the service worker, which keeps the page's files and makes it cross-origin isolated. Where it has just come, the
 * page is loaded once more, before anything large.
 *
 * @returns Whether the page is about to be loaded again.
 */
export async function startServiceWorker(): Promise<boolean> {
  if (!("serviceWorker" in navigator) || new URLSearchParams(location.search).has("alone")) return false;
  try {
    const { active, waiting, installing } = await navigator.serviceWorker.register("./sw.js");
    const worker = active ?? waiting ?? installing;
    if (worker === null || !(await works(worker))) return false;
  } catch {
    return false; // private windows of some browsers have none: the page says so
  }
  if (crossOriginIsolated || sessionStorage.getItem(ONCE)) return false;
  sessionStorage.setItem(ONCE, "yes");
  location.reload();
  return true;
}

/** Whether a service worker is active in the end; its `ready` would wait for ever for one that cannot be installed. */
function works(worker: ServiceWorker): Promise<boolean> {
  return new Promise((resolve) => {
    const look = () => {
      if (worker.state === "activated") resolve(true);
      if (worker.state === "redundant") resolve(false);
    };
    worker.addEventListener("statechange", look);
    look();
  });
}

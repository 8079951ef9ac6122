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
    await navigator.serviceWorker.register("./sw.js");
    await navigator.serviceWorker.ready;
  } catch {
    return false; // private windows of some browsers have none: the page says so
  }
  if (crossOriginIsolated || sessionStorage.getItem(ONCE)) return false;
  sessionStorage.setItem(ONCE, "yes");
  location.reload();
  return true;
}

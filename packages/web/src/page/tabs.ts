/** Tabs as the ARIA practices have them: arrows, Home and End move between them, one of them is in the order of focus. */
export function startTabs(onShow: () => void): void {
  const tabs = [...document.querySelectorAll<HTMLButtonElement>("[role=tab]")];
  const show = (chosen: HTMLButtonElement, focus: boolean) => {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      const panel = document.getElementById(tab.getAttribute("aria-controls") as string) as HTMLElement;
      panel.hidden = !isChosen;
    }
    if (focus) chosen.focus();
    history.replaceState(null, "", `#${chosen.getAttribute("aria-controls")}`);
    onShow();
  };
  const moves: Readonly<Record<string, (i: number) => number>> = {
    ArrowRight: (i) => (i + 1) % tabs.length,
    ArrowLeft: (i) => (i + tabs.length - 1) % tabs.length,
    Home: () => 0,
    End: () => tabs.length - 1,
  };
  for (const [i, tab] of tabs.entries()) {
    tab.addEventListener("click", () => show(tab, false));
    tab.addEventListener("keydown", (event) => {
      const move = moves[event.key];
      if (move === undefined) return;
      event.preventDefault();
      show(tabs[move(i)], true);
    });
  }
  show(tabs.find((tab) => `#${tab.getAttribute("aria-controls")}` === location.hash) ?? tabs[0], false);
}

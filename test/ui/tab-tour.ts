import type { Page } from "playwright-core";

const STEPS_MAX = 400;

/**
 * Presses Tab from the top of the page to its end. Returns what a mouse can press and Tab did not reach, and
 * what was reached without a visible focus; none is good.
 */
export async function unreachedByTab(page: Page): Promise<string[]> {
  await page.evaluate(() => {
    const pressable =
      "a[href], button:not(:disabled), select, input, textarea, summary, [tabindex='0']";
    for (const [index, element] of [
      ...document.querySelectorAll<HTMLElement>(pressable),
    ].entries()) {
      // A tab that is not selected is reached by the arrow keys; what is not drawn, by nothing.
      if (element.tabIndex >= 0 && element.checkVisibility())
        element.dataset["tour"] = String(index);
    }
    document.body.tabIndex = -1;
    document.body.focus();
  });
  const invisible: string[] = [];
  const first = new Set<string>();
  let isNowhere = false;
  for (let step = 0; step < STEPS_MAX; step++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate((newcomer) => {
      const focused = document.activeElement as HTMLElement;
      // Pages fill while they are toured: what came since the start is a stop like any other.
      if (focused !== document.body) focused.dataset["tour"] ??= newcomer;
      // Some draw their focus on an element around them, a tree on its active row.
      const active = document.getElementById(focused.getAttribute("aria-activedescendant") ?? "");
      const around = [focused.parentElement, focused.parentElement?.parentElement ?? null];
      const shown = [focused, ...around, active].some((element) => {
        const style = element === null ? undefined : getComputedStyle(element);
        return style !== undefined && style.outlineStyle !== "none" && style.outlineWidth !== "0px";
      });
      const name = focused.ariaLabel ?? focused.textContent.slice(0, 60);
      return { tour: focused.dataset["tour"], shown, name, isBody: focused === document.body };
    }, `new-${step}`);
    if (stop.isBody || stop.tour === undefined) {
      // The end of the page, or where something was that has gone: a second step tells.
      if (isNowhere) break;
      isNowhere = true;
      continue;
    }
    isNowhere = false;
    if (first.has(stop.tour)) break;
    first.add(stop.tour);
    if (!stop.shown) invisible.push(`no visible focus: ${stop.name}`);
  }
  const missed = await page.evaluate(
    (reached) =>
      [...document.querySelectorAll<HTMLElement>("[data-tour]")]
        .filter(({ dataset }) => !reached.includes(dataset["tour"] ?? ""))
        .map((element) => `not reached: ${element.ariaLabel ?? element.textContent.slice(0, 60)}`),
    [...first],
  );
  return [...missed, ...invisible];
}

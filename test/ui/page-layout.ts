import type { Page } from "playwright-core";

/**
 * What a page is made of and where it stands: headings, panels, tables, drawings, in their order, with the left
 * edge and the width of each in twelfths of the window. It is this that is compared from run to run, and not
 * pictures: those differ with the fonts, the smoothing and the scroll bars of the machine, and a tolerance that
 * bears that also bears a column that is gone. A page whose parts move, vanish or change their names differs here
 * on every machine alike; the pictures are kept beside it to be looked at.
 */
export async function layoutOf(page: Page): Promise<string> {
  const parts = await page.evaluate(() => {
    const wanted =
      "h1, h2, h3, table, canvas, form, section, [role=tree], [role=grid], [role=group], [role=tablist], [role=list][aria-label], ol[aria-label], ul[aria-label]";
    const twelfth = (pixels: number): number => Math.round((12 * pixels) / innerWidth);
    return [...document.querySelectorAll<HTMLElement>(`main :is(${wanted})`)].flatMap((element) => {
      const { left, width, height } = element.getBoundingClientRect();
      if (width < 2 || height < 2) return [];
      const isHeading = /^H\d$/.test(element.tagName);
      const named = document.getElementById(element.getAttribute("aria-labelledby") ?? "");
      const name = isHeading
        ? element.textContent
        : (element.ariaLabel ??
          named?.textContent ??
          element.querySelector("caption")?.textContent);
      const kind = element.getAttribute("role") ?? element.tagName.toLowerCase();
      // Numbers change with the clock, and the width of words with the font.
      const words = (name ?? "")
        .trim()
        .replaceAll(/\d[\d.,:]*/g, "#")
        .slice(0, 60);
      const place = isHeading ? `${twelfth(left)}` : `${twelfth(left)}+${twelfth(width)}`;
      return [`${kind} "${words}" ${place}`];
    });
  });
  return `${parts.join("\n")}\n`;
}

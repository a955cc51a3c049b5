import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  axeViolations,
  resize,
  screenshot,
  startBrowser,
  THEMES,
  WIDTHS,
  type OpenPage,
} from "./browser.ts";
import { checkoutTrace } from "./canned/checkout-trace.ts";
import { hostileAnswers } from "./canned/hostile.ts";
import { empty, filled, storeDown } from "./canned/shops.ts";
import { startDemoShop, type DemoShop, type ShopFacts } from "./demo-shop.ts";
import { MATRIX_PAGES, STATES, type State } from "./matrix-pages.ts";
import { layoutOf } from "./page-layout.ts";
import { startPageServer, type PageServer } from "./page-server.ts";
import { unreachedByTab } from "./tab-tour.ts";

const browser = await startBrowser();

/** Pages whose layout is recorded. An empty file `layouts/<page>.txt` and `vitest -u` record another. */
const LAYOUTS = new Set(
  readdirSync(new URL("layouts/", import.meta.url)).map((file) => file.replace(/\.txt$/, "")),
);

/** What the canned answers know of. */
const CANNED_FACTS: ShopFacts = {
  traceId: checkoutTrace.traceId,
  service: "storefront",
  from: "2026-11-21T09:00:00.000Z",
  to: "2026-11-21T10:00:00.000Z",
};

let shop: DemoShop;
let cannedShop: PageServer;
const canned = new Map<State, PageServer>();

/** Where the pages are asked for in a state, and what their addresses may name. */
function placeOf(state: State): { origin: string; facts: ShopFacts } {
  if (state === "filled") return shop;
  return { origin: canned.get(state)!.origin, facts: CANNED_FACTS };
}

/** The browser's own line about an answer that is an error, which is what those states are about. */
const isOurs = (problem: string): boolean => !problem.startsWith("Failed to load resource");

async function widthOver({ page }: OpenPage): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}

describe.skipIf(browser === undefined)("every page", () => {
  beforeAll(async () => {
    const failing = await startPageServer(storeDown.answers);
    failing.refusal = storeDown.refusal;
    canned.set("failing", failing);
    canned.set("empty", await startPageServer(empty()));
    canned.set("hostile", await startPageServer(hostileAnswers(filled())));
    cannedShop = await startPageServer(filled());
    shop = await startDemoShop();
  });
  afterAll(async () => {
    await browser?.close();
    await shop.close();
    await cannedShop.close();
    for (const server of canned.values()) await server.close();
  });

  describe.each(MATRIX_PAGES)("$name", ({ name, address, title, seen }) => {
    const states = STATES.filter((state) => seen[state] !== undefined);
    test.each(states.flatMap((state) => THEMES.map((theme) => [state, theme] as const)))(
      "%s, in the %s theme, is whole, in order and accessible, however wide",
      async (state, theme) => {
        const { origin, facts } = placeOf(state);
        await using opened = await browser!.open(`${origin}${address(facts)}`, { theme });
        const { page, problems } = opened;
        await seen[state]?.(page);
        expect(await page.title()).toMatch(title);
        for (const width of WIDTHS) {
          await resize(page, width, width === 390 ? 844 : 900);
          await screenshot(page, `matrix-${name}-${state}-${width}-${theme}`);
          expect(await widthOver(opened), `${width} wide`).toBeLessThanOrEqual(0);
          // Colours are the same at every width, and what is laid out anew for a phone in both themes.
          const isLookedAt = width === 1_280 || (width === 390 && theme === "light");
          const violations = isLookedAt ? await axeViolations(page) : [];
          expect(violations, `${width} wide`).toEqual([]);
        }
        expect(problems.filter(isOurs)).toEqual([]);
      },
    );

    test.runIf(LAYOUTS.has(name))(
      "has its parts where they were when somebody last looked at them",
      async () => {
        const place = `${cannedShop.origin}${address(CANNED_FACTS)}`;
        await using opened = await browser!.open(place, { height: 900 });
        await seen.filled(opened.page);
        await expect.poll(() => widthOver(opened)).toBeLessThanOrEqual(0);
        const layout = await layoutOf(opened.page);
        await expect(layout).toMatchFileSnapshot(`layouts/${name}.txt`);
      },
    );

    test("lets Tab reach everything that can be pressed, each with a visible focus", async () => {
      const { origin, facts } = placeOf("filled");
      await using opened = await browser!.open(`${origin}${address(facts)}`);
      await seen.filled(opened.page);
      expect(await unreachedByTab(opened.page)).toEqual([]);
    });
  });
});

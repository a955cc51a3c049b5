import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { axeViolations, resize, screenshot, startBrowser, THEMES, WIDTHS } from "./browser.ts";
import { empty, filled, storeDown } from "./canned/shops.ts";
import { startPageServer, type PageServer } from "./page-server.ts";
import { unreachedByTab } from "./tab-tour.ts";

const browser = await startBrowser();
let server: PageServer;

beforeAll(async () => {
  server = await startPageServer(filled());
});
beforeEach(() => {
  server.answers = filled();
  server.refusal = undefined;
});
afterAll(async () => {
  await browser?.close();
  await server.close();
});

const PAGES = [
  { path: "/settings", filledWith: "Will need", emptyWith: "nothing yet" },
  { path: "/about", filledWith: "since this start", emptyWith: "There are no rows yet" },
] as const;

describe.skipIf(browser === undefined).each(PAGES)(
  "the page $path",
  ({ path, filledWith, emptyWith }) => {
    test.each(THEMES)(
      "has no fault in the %s theme, however wide, and all is reached by keys",
      async (theme) => {
        await using opened = await browser!.open(`${server.origin}${path}`, { theme });
        const { page, problems } = opened;
        for (const width of WIDTHS) {
          await resize(page, width, 1_000);
          await page.getByText(filledWith).first().waitFor();
          const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          expect([width, over]).toEqual([width, 0]);
          await screenshot(page, `${path.slice(1)}-${width}-${theme}`);
          expect(await axeViolations(page), `${width} wide`).toEqual([]);
        }
        expect(await unreachedByTab(page)).toEqual([]);
        expect(problems).toEqual([]);
      },
    );

    test("is right when there is nothing yet, and while the store is down", async () => {
      server.answers = empty();
      await using opened = await browser!.open(`${server.origin}${path}`);
      const { page, problems } = opened;
      await page.getByText(emptyWith).first().waitFor();
      expect(await axeViolations(page)).toEqual([]);
      expect(problems).toEqual([]);
      server.answers = { ...filled(), ...storeDown.answers };
      server.refusal = { ...storeDown.refusal, of: /retention|settings/ };
      await page.reload();
      await page.getByRole("heading", { level: 1 }).waitFor();
      expect(await axeViolations(page)).toEqual([]);
    });
  },
);

describe.skipIf(browser === undefined)("settings", () => {
  test("warn when the disk will be full, and say on how little a figure rests", async () => {
    await using opened = await browser!.open(`${server.origin}/settings`);
    const { page } = opened;
    await page.getByText(/At this pace the disk is full in about \d+ days/).waitFor();
    expect(await page.getByText("only 9 h 36 m").count()).toBe(1);
    await page.getByLabel("Find a setting").fill("token");
    expect(await page.getByRole("row").filter({ hasText: "(set, not shown)" }).count()).toBe(1);
    expect(await page.getByRole("row").filter({ hasText: "dataDir" }).count()).toBe(0);
    await page.getByLabel(/Times are shown in/).selectOption("Asia/Tokyo");
    await expect.poll(() => new URL(page.url()).searchParams.get("zone")).toBe("Asia/Tokyo");
  });
});

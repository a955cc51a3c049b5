import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  axeViolations,
  resize,
  screenshot,
  startBrowser,
  THEMES,
  type OpenPage,
} from "./browser.ts";
import { filled } from "./canned/shops.ts";
import { checkoutTrace } from "./canned/checkout-trace.ts";
import { startPageServer, type PageServer } from "./page-server.ts";
import { unreachedByTab } from "./tab-tour.ts";

const browser = await startBrowser();
let server: PageServer;

beforeAll(async () => {
  server = await startPageServer(filled());
});
beforeEach(() => {
  server.answers = filled();
});
afterAll(async () => {
  await browser?.close();
  await server.close();
});

/** An overview that stands still, in one theme. */
async function overview(
  options: { theme?: "light" | "dark"; path?: string } = {},
): Promise<OpenPage> {
  const { theme = "light", path = "/?live=off" } = options;
  const opened = await browser!.open(server.origin + path, { theme });
  await opened.page.getByRole("heading", { name: "Overview" }).waitFor();
  return opened;
}

const search = (page: Page): Record<string, string> =>
  Object.fromEntries(new URL(page.url()).searchParams);

describe.skipIf(browser === undefined)("what stands around the pages", () => {
  describe.each(THEMES)("in the %s theme", (theme) => {
    test("offers pages, services and commands by a few letters", async () => {
      await using opened = await overview({ theme });
      const { page, problems } = opened;
      await page.keyboard.press("Control+k");
      const field = page.getByRole("combobox", { name: "Search and commands" });
      await field.waitFor();
      await page.getByRole("option", { name: /Overview/ }).waitFor();
      await screenshot(page, `shell-palette-${theme}`);
      expect(await axeViolations(page)).toEqual([]);
      await field.fill("dark theme");
      await page.getByRole("option", { name: "Dark theme", selected: true }).waitFor();
      await page.keyboard.press("Enter");
      await field.waitFor({ state: "detached" });
      expect(await page.evaluate(() => document.documentElement.dataset["theme"])).toBe("dark");
      expect(problems).toEqual([]);
    });

    test("tells every key of the page", async () => {
      await using opened = await overview({ theme });
      const { page, problems } = opened;
      await page.keyboard.press("?");
      const help = page.getByRole("dialog", { name: "Keyboard" });
      await help.getByText("Earlier by half the range").waitFor();
      await screenshot(page, `shell-help-${theme}`);
      expect(await axeViolations(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await help.waitFor({ state: "hidden" });
      expect(problems).toEqual([]);
    });

    test("has a picker for the range, wide and on a phone", async () => {
      await using opened = await overview({ theme });
      const { page, problems } = opened;
      for (const width of [1_280, 390]) {
        await resize(page, width, 844);
        await page.getByRole("button", { name: /^Time range: / }).click();
        await page.getByRole("dialog", { name: "Time range" }).getByLabel("From").waitFor();
        await page.getByRole("button", { name: "Another…" }).click();
        await page.getByRole("combobox", { name: "Search a zone" }).fill("lord");
        await page.getByRole("option", { name: /Lord Howe/ }).waitFor();
        await screenshot(page, `shell-range-${width}-${theme}`);
        expect(await axeViolations(page), `${width} wide`).toEqual([]);
        await page.keyboard.press("Escape");
        await page.getByRole("dialog", { name: "Time range" }).waitFor({ state: "hidden" });
      }
      expect(problems).toEqual([]);
    });

    test("keeps views and has the other pages at hand on a phone", async () => {
      await using opened = await overview({ theme });
      const { page, problems } = opened;
      await resize(page, 390, 844);
      await page.getByRole("button", { name: "Saved views" }).click();
      await page.getByLabel("Keep this view as").fill("The shop");
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await page.getByText("Kept in this browser").waitFor();
      await screenshot(page, `shell-views-390-${theme}`);
      expect(await axeViolations(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "More" }).click();
      await page.getByRole("dialog", { name: "More pages" }).waitFor();
      await screenshot(page, `shell-more-390-${theme}`);
      expect(await axeViolations(page)).toEqual([]);
      expect(problems).toEqual([]);
    });
  });

  test("opens the trace whose id is pasted", async () => {
    await using opened = await overview();
    const { page } = opened;
    await page.getByRole("button", { name: /^Search or go to/ }).click();
    await page
      .getByRole("combobox", { name: "Search and commands" })
      .fill(`00-${checkoutTrace.traceId}-00f067aa0ba902b7-01`);
    await page.keyboard.press("Enter");
    await page.getByRole("tree").waitFor();
    expect(new URL(page.url()).pathname).toBe(`/traces/${checkoutTrace.traceId}`);
    await expect.poll(() => page.title()).toContain("· Sightglass");
    await page.keyboard.press("Control+k");
    await page.getByRole("group", { name: "Seen lately" }).waitFor();
  });

  test("remembers no page by the name of the one before, while it loads", async () => {
    await using opened = await browser!.open(`${server.origin}/services/checkout?live=off`);
    const { page } = opened;
    const kept = (): Promise<string | null> =>
      page.evaluate(() => localStorage.getItem("sightglass.recent"));
    await expect.poll(kept).toContain("/services/checkout");
    const held = Promise.withResolvers<void>();
    await page.route(/\/trace-[^/]*\.js$/, async (route) => {
      await held.promise;
      await route.continue();
    });
    await page.keyboard.press("Control+k");
    await page
      .getByRole("combobox", { name: "Search and commands" })
      .fill(`00-${checkoutTrace.traceId}-00f067aa0ba902b7-01`);
    await page.keyboard.press("Enter");
    await expect.poll(() => page.url()).toContain("/traces/");
    expect(await kept()).not.toContain("/traces/");
    held.resolve();
    await expect.poll(kept).toContain(`Trace ${checkoutTrace.traceId.slice(0, 8)}`);
  });

  test("moves the range by keys, each a step back in the browser", async () => {
    await using opened = await overview({
      path: "/?live=off&from=2026-11-21T09:00:00Z&to=2026-11-21T10:00:00Z",
    });
    const { page } = opened;
    await page.keyboard.press("[");
    await expect.poll(() => search(page)["from"]).toBe("2026-11-21T08:30:00.000Z");
    await page.keyboard.press("[");
    await expect.poll(() => search(page)["from"]).toBe("2026-11-21T08:00:00.000Z");
    await page.keyboard.press("]");
    await expect.poll(() => search(page)["from"]).toBe("2026-11-21T08:30:00.000Z");
    await page.keyboard.press("-");
    await expect.poll(() => search(page)["to"]).toBe("2026-11-21T10:00:00.000Z");
    await page.goBack();
    await expect.poll(() => search(page)["to"]).toBe("2026-11-21T09:30:00.000Z");
  });

  test("takes a range in words, by the clocks of the zone, and says what it cannot read", async () => {
    await using opened = await overview({ path: "/?live=off&zone=America%2FNew_York" });
    const { page } = opened;
    await page.getByRole("button", { name: /^Time range: / }).click();
    const field = page.getByLabel("In your words");
    await field.fill("soon");
    await field.press("Enter");
    await page.getByText("“soon” is no time").waitFor();
    await field.fill("2025-11-02 00:30 to 02:30");
    await field.press("Enter");
    // Three hours, since the clocks were put back in between.
    await expect
      .poll(() => search(page))
      .toMatchObject({
        from: "2025-11-02T04:30:00.000Z",
        to: "2025-11-02T07:30:00.000Z",
        zone: "America/New_York",
      });
    await page.getByRole("button", { name: /2 Nov 2025 00:30 – 02:30/ }).waitFor();
  });

  test("lets choose which of two equal times is meant where clocks were put back", async () => {
    await using opened = await overview({ path: "/?live=off&zone=Europe%2FLondon" });
    const { page } = opened;
    await page.getByRole("button", { name: /^Time range: / }).click();
    await page.getByLabel("From", { exact: true }).fill("2025-10-26T01:30:00");
    await page.getByText("this time came twice").waitFor();
    await page.getByLabel("Which of the two, from").selectOption("second");
    await page.getByLabel("To", { exact: true }).fill("2025-10-26T03:00:00");
    await page.getByRole("button", { name: "Show this range" }).click();
    await expect.poll(() => search(page)["from"]).toBe("2025-10-26T01:30:00.000Z");
  });

  test("shows times in the chosen zone, on every page that a link leads to", async () => {
    await using opened = await overview();
    const { page } = opened;
    await page.getByRole("button", { name: /^Time range: / }).click();
    await page.getByRole("button", { name: "Another…" }).click();
    await page.getByRole("combobox", { name: "Search a zone" }).fill("kathmandu");
    await page.keyboard.press("Enter");
    await expect.poll(() => search(page)["zone"]).toMatch(/^Asia\/Ka(th|t)mandu$/);
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "storefront POST /checkout" }).first().click();
    await page.getByRole("tree").waitFor();
    expect(search(page)["zone"]).toMatch(/^Asia\/Ka(th|t)mandu$/);
    // 09:14:03 in UTC.
    await page
      .getByText(/14:59:03/)
      .first()
      .waitFor();
  });

  test("copies a link that means the same moments for somebody else", async () => {
    await using opened = await overview({ path: "/?range=15m&live=off" });
    const { page } = opened;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy a link to these moments" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
    const [from, to] = ["from", "to"].map((name) => link.searchParams.get(name)!);
    expect(Date.parse(to!) - Date.parse(from!)).toBe(900_000);
    expect(to).toMatch(/Z$/);
    expect([...link.searchParams.keys()]).toEqual(["from", "to"]);
  });

  test("opens, renames and deletes views that this browser keeps", async () => {
    await using opened = await overview({ path: "/?range=6h&status=error" });
    const { page } = opened;
    await page.getByRole("button", { name: "Saved views" }).click();
    await page.getByLabel("Keep this view as").fill("Failures");
    await page.getByLabel("Keep this view as").press("Enter");
    await page.getByRole("button", { name: "Rename Failures" }).click();
    await page.getByLabel("New name of Failures").fill("Failed today");
    await page.getByRole("button", { name: "Rename", exact: true }).click();
    await page.goto(`${server.origin}/?live=off`);
    await page.getByRole("button", { name: "Saved views" }).click();
    await page.getByRole("link", { name: "Failed today" }).click();
    await expect.poll(() => search(page)).toEqual({ range: "6h", status: "error" });
    await page.getByRole("button", { name: "Saved views" }).click();
    await page.getByRole("button", { name: "Delete Failed today" }).click();
    await page.getByText("are kept here, in this browser").waitFor();
  });

  test("pauses and goes on by one key, but not while something is typed", async () => {
    await using opened = await overview({ path: "/" });
    const { page } = opened;
    await page.keyboard.press(".");
    await page.getByRole("button", { name: "Resume" }).waitFor();
    await page.keyboard.press(".");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.getByRole("button", { name: "Saved views" }).click();
    await page.getByLabel("Keep this view as").pressSequentially("a.?[b");
    expect(await page.getByLabel("Keep this view as").inputValue()).toBe("a.?[b");
    expect(await page.getByRole("button", { name: "Pause" }).count()).toBe(1);
  });

  test("runs no single keys for who has switched them off", async () => {
    await using opened = await overview({ path: "/" });
    const { page } = opened;
    await page.keyboard.press("?");
    await page.getByLabel("Single keys run commands").uncheck();
    await page.keyboard.press("Escape");
    await page.reload();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.keyboard.press(".");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Search and commands" }).waitFor();
    expect(search(page)).toEqual({});
  });

  test("folds the navigation, and remembers it", async () => {
    await using opened = await overview();
    const { page } = opened;
    const pages = page.getByRole("navigation", { name: "Pages" });
    const width = async (): Promise<number> => (await pages.boundingBox())!.width;
    const before = await width();
    await page.getByRole("button", { name: "Fold the navigation" }).click();
    await expect.poll(width).toBeLessThan(before / 2);
    await page.reload();
    await page.getByRole("button", { name: "Show the names of the pages" }).waitFor();
    expect(await pages.getByRole("link", { name: "Overview" }).getAttribute("aria-current")).toBe(
      "page",
    );
  });

  test("is walked through by Tab, palette and picker included", async () => {
    await using opened = await overview();
    const { page } = opened;
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the page");
    expect(await unreachedByTab(page)).toEqual([]);
  });
});

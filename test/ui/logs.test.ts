import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  axeViolations,
  type Browser,
  nextPoll,
  screenshot,
  startBrowser,
  THEMES,
  WIDTHS,
  withClock,
} from "./browser.ts";
import { filled, silent, storeDown } from "./canned/shops.ts";
import { type PageServer, startPageServer } from "./page-server.ts";

const browser: Browser | undefined = await startBrowser();
let server: PageServer;

beforeAll(async () => {
  server = await startPageServer(filled());
});
afterAll(async () => {
  await browser?.close();
  await server.close();
});

/** An hour of a million records, which stands still. */
const HOUR = "from=2026-11-21T08:00:00Z&to=2026-11-21T09:00:00Z";
const search = (page: Page) => page.getByRole("combobox", { name: "Search log records" });
const grid = (page: Page) => page.getByRole("grid");
const rows = (page: Page) => grid(page).locator("[data-row]");

function open(query = "", options: Parameters<Browser["open"]>[1] = {}, answers = filled()) {
  server.answers = answers;
  server.refusal = undefined;
  server.isLive = false;
  return browser!.open(`${server.origin}/logs?${HOUR}&${query}`, options);
}

describe.skipIf(browser === undefined)("the page of log records", () => {
  it.each(THEMES.flatMap((theme) => WIDTHS.map((width) => [theme, width] as const)))(
    "shows a million records, their counts and facets: %s, %i wide",
    async (theme, width) => {
      await using opened = await open("", { theme, width, height: width === 390 ? 844 : 900 });
      const { page, problems } = opened;
      await rows(page).nth(10).waitFor();
      await expect.poll(() => page.getByText("1,000,001 records").isVisible()).toBe(true);
      await screenshot(page, `logs-${theme}-${width}`);
      expect(await axeViolations(page)).toEqual([]);
      expect(problems).toEqual([]);
    },
  );

  it.each(THEMES)("shows a record with what can be done with its fields: %s", async (theme) => {
    await using opened = await open("", { theme, width: 1_440, height: 900 });
    const { page, problems } = opened;
    await rows(page).nth(4).click();
    const detail = page.getByRole("region", { name: "Selected record" });
    await detail.getByText("k8s.pod.name").waitFor();
    await screenshot(page, `logs-detail-${theme}`);
    expect(await axeViolations(page)).toEqual([]);
    await detail.getByRole("tab", { name: "Around it" }).click();
    await detail.getByRole("listitem").nth(60).waitFor();
    await screenshot(page, `logs-around-${theme}`);
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("shows no records, and what would change it", async () => {
    await using opened = await open("", {}, silent() as ReturnType<typeof filled>);
    const { page, problems } = opened;
    await page.getByText("There are no log records in this time").waitFor();
    await screenshot(page, "logs-empty");
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("asks once whether there are any, however often it is opened", async () => {
    server.asked.length = 0;
    await using opened = await open("", { before: withClock });
    const { page } = opened;
    const pages = page.getByRole("navigation", { name: "Pages" });
    await rows(page).first().waitFor();
    await pages.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("heading", { name: "Settings" }).waitFor();
    await nextPoll(page);
    await pages.getByRole("link", { name: "Logs" }).click();
    await rows(page).first().waitFor();
    const isGate = (path: string): boolean => /attributes\?.*key=service\.name/.test(path);
    expect(server.asked.filter(isGate).length).toBe(1);
  });

  it("says why records cannot be read, and goes on when they can", async () => {
    server.answers = filled();
    server.refusal = storeDown.refusal;
    await using opened = await browser!.open(`${server.origin}/logs?${HOUR}`);
    const { page } = opened;
    await page.getByText("The ClickHouse server cannot be reached").first().waitFor();
    await screenshot(page, "logs-failing");
    expect(await axeViolations(page)).toEqual([]);
    server.refusal = undefined;
    await page.getByRole("button", { name: "Try again" }).last().click();
    await rows(page).nth(3).waitFor();
  });

  it("goes to any place of a million records by the bar, and by End and Home", async () => {
    await using opened = await open();
    const { page } = opened;
    await rows(page).first().waitFor();
    await grid(page).focus();
    await page.keyboard.press("End");
    await page.locator('[data-row="1000000"]').waitFor();
    await grid(page).evaluate((list) => {
      list.scrollTop = list.scrollHeight / 2;
    });
    await expect
      .poll(async () => Number(await rows(page).first().getAttribute("data-row")))
      .toBeGreaterThan(480_000);
    await page.keyboard.press("Home");
    await page.locator('[data-row="0"]').waitFor();
  });

  it("goes from record to record with j and k, and closes with Escape", async () => {
    await using opened = await open();
    const { page } = opened;
    await rows(page).nth(5).waitFor();
    const selected = () => grid(page).locator('[aria-selected="true"]').getAttribute("data-row");
    await page.keyboard.press("j");
    expect(await selected()).toBe("0");
    await page.keyboard.press("j");
    await expect.poll(selected).toBe("1");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await expect.poll(selected).toBe("1");
    expect(page.url()).toContain("record=");
    await page.keyboard.press("Escape");
    await page.getByRole("region", { name: "Selected record" }).waitFor({ state: "detached" });
  });

  it("closes a panel with Escape before the record beneath it", async () => {
    await using opened = await open();
    const { page } = opened;
    await rows(page).nth(5).waitFor();
    await page.keyboard.press("j");
    const record = page.getByRole("region", { name: "Selected record" });
    await record.waitFor();
    const panel = page.getByRole("dialog", { name: "Saved views" });
    await page.getByRole("button", { name: "Saved views" }).click();
    await panel.waitFor();
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "hidden" });
    expect(await record.count()).toBe(1);
    await page.keyboard.press("Escape");
    await record.waitFor({ state: "detached" });
  });

  it("follows at the newest rows, and stands still as soon as it is scrolled", async () => {
    server.isLive = true;
    await using opened = await browser!.open(`${server.origin}/logs`);
    const { page } = opened;
    await rows(page).nth(10).waitFor();
    await expect.poll(() => server.streams().length).toBe(1);
    const newest = (): number =>
      server.asked.filter((path) => /logs\?.*limit=100\b/.test(path)).length;
    const before = newest();
    server.tell("changed", { topics: ["logs"] });
    await expect.poll(newest).toBeGreaterThan(before);
    await grid(page).evaluate((list) => {
      list.scrollTop = 60;
    });
    await page.getByRole("button", { name: /\d new$/ }).waitFor();
    const held = newest();
    const counted = (): number => server.asked.filter((path) => /steps=1(&|$)/.test(path)).length;
    for (const now of [counted(), counted() + 1]) {
      server.tell("changed", { topics: ["logs"] });
      await expect.poll(counted).toBeGreaterThan(now);
    }
    expect(newest()).toBe(held);
  });

  it("searches by a click on a value, without it by Alt, and shows it in the field", async () => {
    await using opened = await open();
    const { page } = opened;
    await page.getByRole("button", { name: /^checkout 402k$/ }).click();
    await expect.poll(() => search(page).inputValue()).toBe("service:checkout");
    await page.getByRole("button", { name: /^payment/ }).click({ modifiers: ["Alt"] });
    await expect.poll(() => search(page).inputValue()).toBe("service:checkout -service:payment");
    await expect
      .poll(() => server.asked.at(-1))
      .toContain("q=service%3Acheckout+-service%3Apayment");
    await page.goBack();
    await expect.poll(() => search(page).inputValue()).toBe("service:checkout");
  });

  it("shows fields as columns, which the address keeps", async () => {
    await using opened = await open("column=http.route&column=service&wrap=on");
    const { page } = opened;
    await grid(page).getByRole("columnheader", { name: "http.route" }).waitFor();
    await page.getByText("Columns").click();
    await page.getByRole("checkbox", { name: "trace_id" }).check();
    await grid(page).getByRole("columnheader", { name: "trace_id" }).waitFor();
    expect(page.url()).toContain("column=trace_id");
    await screenshot(page, "logs-columns");
    expect(await axeViolations(page)).toEqual([]);
  });
});

describe.skipIf(browser === undefined)("on a phone", () => {
  it.each(THEMES)("facets narrow the search, and columns are chosen: %s", async (theme) => {
    await using opened = await open("", { theme, width: 390, height: 844 });
    const { page, problems } = opened;
    await rows(page).nth(5).waitFor();
    await page.getByRole("button", { name: "Facets", exact: true }).click();
    const facets = page.getByRole("dialog", { name: "Facets" });
    await facets.getByRole("button", { name: /^checkout 402k$/ }).waitFor();
    await screenshot(page, `logs-facets-390-${theme}`);
    expect(await axeViolations(page)).toEqual([]);
    await facets.getByRole("button", { name: /^checkout 402k$/ }).click();
    await expect.poll(() => search(page).inputValue()).toBe("service:checkout");
    await page.keyboard.press("Escape");
    await facets.waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("checkbox", { name: "trace_id" }).check();
    await expect.poll(() => page.url()).toContain("column=trace_id");
    await screenshot(page, `logs-columns-390-${theme}`);
    expect(await axeViolations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog", { name: "Columns" }).waitFor({ state: "hidden" });
    await screenshot(page, `logs-two-columns-390-${theme}`);
    expect(problems).toEqual([]);
  });
});

describe.skipIf(browser === undefined)("the field of a search", () => {
  it("is reached by /, completes from the catalogue, and searches with Enter", async () => {
    await using opened = await open();
    const { page, problems } = opened;
    await rows(page).first().waitFor();
    await page.keyboard.press("/");
    await page.getByRole("option", { name: /http.route/ }).waitFor();
    await screenshot(page, "search-open");
    expect(await axeViolations(page)).toEqual([]);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    expect(await search(page).inputValue()).toBe("service:");
    await page.getByRole("option", { name: /value cart/ }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Tab");
    expect(await search(page).inputValue()).toBe("service:checkout ");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.url()).toContain("q=service%3Acheckout");
    await page.keyboard.press("Escape");
    expect(problems).toEqual([]);
  });

  it("underlines what is wrong and says what is allowed, without asking the server", async () => {
    await using opened = await open();
    const { page } = opened;
    await search(page).fill("severity:loud card");
    await page.keyboard.press("Enter");
    await page.getByText(/severity is trace, debug/).waitFor();
    expect(await search(page).getAttribute("aria-invalid")).toBe("true");
    expect(page.url()).not.toContain("q=");
    await screenshot(page, "search-wrong");
    expect(await axeViolations(page)).toEqual([]);
  });

  it("offers what was searched for before", async () => {
    await using opened = await open();
    const { page } = opened;
    await search(page).fill("card declined");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.url()).toContain("q=card");
    await page.getByRole("button", { name: "Clear the search" }).click();
    await page.getByRole("option", { name: /recent card declined/ }).click();
    await expect.poll(() => search(page).inputValue()).toBe("card declined");
  });
});

/** Frames a second and the longest one, in milliseconds, while the list is scrolled by so many pixels a frame. */
async function scrolling(page: Page, step: number): Promise<{ fps: number; longestMs: number }> {
  return grid(page).evaluate(async (list, pixels) => {
    const frames: number[] = [];
    let before = await new Promise<number>(requestAnimationFrame);
    for (let frame = 0; frame < 120; frame++) {
      list.scrollTop += pixels;
      const now = await new Promise<number>(requestAnimationFrame);
      frames.push(now - before);
      before = now;
    }
    const sum = frames.reduce((total, one) => total + one, 0);
    return { fps: (1_000 * frames.length) / sum, longestMs: Math.max(...frames) };
  }, step);
}

describe.skipIf(browser === undefined)("scrolling through a million records", () => {
  it("draws as it goes, near and far", async () => {
    await using opened = await open("", { width: 1_440, height: 900 });
    const { page } = opened;
    await rows(page).nth(20).waitFor();
    const near = await scrolling(page, 120);
    const far = await scrolling(page, 20_000);
    process.stdout.write(`scrolling: near ${JSON.stringify(near)}, far ${JSON.stringify(far)}\n`);
    // Loosely, for a machine that does other things too; the bench of the pages judges it.
    expect(near.fps).toBeGreaterThan(15);
    expect(far.fps).toBeGreaterThan(15);
  });
});

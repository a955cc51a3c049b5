import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { axeViolations, resize, screenshot, startBrowser, THEMES, WIDTHS } from "./browser.ts";
import { hostileAnswers } from "./canned/hostile.ts";
import { filled, silent, storeDown } from "./canned/shops.ts";
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
  server.asked.length = 0;
});
afterEach(() => {
  server.asked.length = 0;
});
afterAll(async () => {
  await browser?.close();
  await server.close();
});

const isOurs = (problem: string): boolean => !problem.startsWith("Failed to load resource");
const heatmap = (page: Page) =>
  page.getByRole("application", { name: "Spans by time and duration" });
const widthOver = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** How many times of the list, which are of another day, reach over what is beside them. */
const timesOverCells = (page: Page): Promise<number> =>
  page
    .locator("td > time")
    .evaluateAll(
      (times) =>
        times.filter(
          (time) =>
            time.getBoundingClientRect().right > time.parentElement!.getBoundingClientRect().right,
        ).length,
    );

/** The newest question to a path, by its parameters. */
function asked(path: string): URLSearchParams {
  const found = server.asked.findLast((one) => one.split("?")[0] === path);
  return new URLSearchParams(found?.split("?")[1] ?? "");
}

/** Draws a box over the right third of the heatmap's upper half. */
async function drawBox(page: Page): Promise<void> {
  const box = (await heatmap(page).boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.7, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.95, box.y + box.height * 0.45, { steps: 4 });
  await page.mouse.up();
  await page.getByRole("heading", { name: "What sets these apart" }).waitFor();
}

describe.skipIf(browser === undefined)("the Traces page", () => {
  describe.each(THEMES)("in the %s theme", (theme) => {
    test("shows what a search finds without a fault, however wide", async () => {
      await using opened = await browser!.open(`${server.origin}/traces`, { theme });
      const { page, problems } = opened;
      for (const width of WIDTHS) {
        await resize(page, width, 900);
        await page.getByRole("link", { name: "storefront POST /checkout" }).first().waitFor();
        await heatmap(page).waitFor();
        expect(await widthOver(page), `${width} wide`).toBe(0);
        expect(await timesOverCells(page), `${width} wide`).toBe(0);
        await screenshot(page, `traces-${width}-${theme}`);
        expect(await axeViolations(page), `${width} wide`).toEqual([]);
        expect(problems, `${width} wide`).toEqual([]);
      }
    });

    test("tells what sets a box apart, however wide", async () => {
      await using opened = await browser!.open(`${server.origin}/traces`, { theme });
      const { page, problems } = opened;
      await heatmap(page).waitFor();
      await drawBox(page);
      await page.getByText("service.version").first().waitFor();
      await page.getByText("2 more say the same").click();
      for (const width of WIDTHS) {
        await resize(page, width, 1_400);
        expect(await widthOver(page), `${width} wide`).toBe(0);
        await screenshot(page, `traces-differences-${width}-${theme}`);
        expect(await axeViolations(page), `${width} wide`).toEqual([]);
      }
      expect(problems).toEqual([]);
    });

    test("groups by a field or an attribute", async () => {
      await using opened = await browser!.open(`${server.origin}/traces?view=groups`, { theme });
      const { page, problems } = opened;
      await page.getByRole("button", { name: "catalog", exact: true }).waitFor();
      await page.getByLabel("or attribute").fill("http.route");
      await page.getByLabel("or attribute").press("Enter");
      await expect.poll(() => asked("/api/v1/traces/groups").get("by")).toBe("http.route");
      await page.getByRole("button", { name: "p99" }).click();
      await page.waitForURL(/sort=-p99Ms/);
      server.answers = {
        ...filled(),
        groupSpans: { ...filled().groupSpans, scanned: { share: 0.25 } },
      };
      await page.getByRole("button", { name: "kind", exact: true }).click();
      await page.getByRole("cell", { name: /^~/ }).first().waitFor();
      await screenshot(page, `traces-groups-${theme}`);
      expect(await axeViolations(page)).toEqual([]);
      expect(problems).toEqual([]);
    });

    test("says that there is nothing, and what would change that", async () => {
      server.answers = silent();
      await using opened = await browser!.open(`${server.origin}/traces?q=service:absent`, {
        theme,
      });
      const { page, problems } = opened;
      await page.getByText("No trace in the last hour").waitFor();
      await screenshot(page, `traces-empty-${theme}`);
      expect(await axeViolations(page)).toEqual([]);
      expect(problems.filter(isOurs)).toEqual([]);
    });

    test("says what to do when the store is down", async () => {
      server.answers = { ...filled(), ...storeDown.answers };
      server.refusal = storeDown.refusal;
      await using opened = await browser!.open(`${server.origin}/traces`, { theme });
      const { page, problems } = opened;
      await page.getByText("The ClickHouse server cannot be reached").first().waitFor();
      await screenshot(page, `traces-store-down-${theme}`);
      expect(await axeViolations(page)).toEqual([]);
      expect(problems.filter(isOurs)).toEqual([]);
    });
  });

  test("compares the traces of the box, and lists them", async () => {
    await using opened = await browser!.open(`${server.origin}/traces`);
    const { page } = opened;
    await heatmap(page).waitFor();
    await drawBox(page);
    const question = asked("/api/v1/traces/differences");
    expect(Number(question.get("selectMinMs"))).toBeGreaterThan(5);
    expect(Date.parse(question.get("selectFrom")!)).toBeGreaterThan(
      Date.parse(question.get("from")!),
    );
    expect(question.get("spans")).toBe("roots");
    await expect
      .poll(() => asked("/api/v1/traces").get("minDurationMs"))
      .toBe(question.get("selectMinMs"));
    // The address holds the selection: it is there after the page is opened anew.
    await page.reload();
    await page.getByRole("heading", { name: "What sets these apart" }).waitFor();
    await page.getByRole("button", { name: "Clear the selection" }).click();
    await page.getByRole("heading", { name: "What sets these apart" }).waitFor({ state: "hidden" });
  });

  test("adds a finding to the search", async () => {
    await using opened = await browser!.open(`${server.origin}/traces`);
    const { page } = opened;
    await heatmap(page).waitFor();
    await drawBox(page);
    await page.getByRole("button", { name: "Add to the search" }).first().click();
    await expect
      .poll(() => new URL(page.url()).searchParams.get("q"))
      .toBe("service:payment service.version:2.8.0");
    expect(await page.getByRole("heading", { name: "What sets these apart" }).count()).toBe(0);
  });

  test("selects a box by keys alone", async () => {
    await using opened = await browser!.open(`${server.origin}/traces`);
    const { page } = opened;
    await heatmap(page).focus();
    for (const key of ["ArrowUp", "ArrowUp", "Shift+ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowUp"])
      await heatmap(page).press(key);
    expect(await page.getByRole("status").filter({ hasText: "spans" }).count()).toBe(1);
    await heatmap(page).press("Enter");
    await page.getByRole("heading", { name: "What sets these apart" }).waitFor();
    await heatmap(page).press("Escape");
    await expect.poll(() => new URL(page.url()).searchParams.get("box")).toBeNull();
  });

  test("has the heatmap as a table", async () => {
    await using opened = await browser!.open(`${server.origin}/traces`);
    const { page } = opened;
    await page.getByRole("button", { name: "Table" }).click();
    const table = page.getByRole("table", { name: "Spans by time and duration" });
    await table.waitFor();
    expect(await table.getByRole("row").count()).toBe(101);
    expect(await axeViolations(page)).toEqual([]);
  });

  test("narrows by a facet, and excludes with Alt or by its own button", async () => {
    await using opened = await browser!.open(`${server.origin}/traces`);
    const { page } = opened;
    const q = (): string | null => new URL(page.url()).searchParams.get("q");
    await page.getByRole("button", { name: /^cart/ }).click();
    await expect.poll(q).toBe("service:cart");
    await expect.poll(() => asked("/api/v1/traces/facets").get("q")).toBe("service:cart");
    await page.getByRole("button", { name: /^SELECT products/ }).click({ modifiers: ["Alt"] });
    await expect.poll(q).toBe('service:cart -operation:"SELECT products"');
    await page.getByRole("button", { name: "Exclude client" }).click();
    await expect.poll(q).toBe('service:cart -operation:"SELECT products" -kind:client');
  });

  test("asks at most six questions at once, and none for a page that was left", async () => {
    await using opened = await browser!.open(`${server.origin}/traces`);
    const { page } = opened;
    await heatmap(page).waitFor();
    const paths = new Set(
      server.asked
        .map((one) => one.split("?")[0]!)
        .filter((path) => path.startsWith("/api/v1/traces")),
    );
    expect([...paths].toSorted()).toEqual([
      "/api/v1/traces",
      "/api/v1/traces/facets",
      "/api/v1/traces/heatmap",
    ]);
  });

  test("lists the newest or the slowest, as its address says, from the first page on", async () => {
    await using opened = await browser!.open(
      `${server.origin}/traces?before=AAAA&until=2026-11-21T12:00:00Z`,
    );
    const { page } = opened;
    await page.getByRole("heading", { name: "Older traces" }).waitFor();
    await page.getByRole("button", { name: "Slowest" }).click();
    await expect.poll(() => asked("/api/v1/traces").get("order")).toBe("slowest");
    expect(asked("/api/v1/traces").get("cursor")).toBeNull();
    await page.reload();
    await page.getByText("by the longest span found").waitFor();
    await page.getByRole("button", { name: "Newest" }).click();
    await expect.poll(() => new URL(page.url()).search).toBe("");
    expect(asked("/api/v1/traces").get("order")).toBeNull();
  });

  test("goes through the traces by j and k, and opens one by Enter", async () => {
    await using opened = await browser!.open(`${server.origin}/traces`);
    const { page } = opened;
    await page.getByRole("link", { name: "storefront POST /checkout" }).first().waitFor();
    for (const key of ["j", "j", "k"]) await page.keyboard.press(key);
    await page.keyboard.press("Enter");
    await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/traces\/[0-9a-f]{32}$/);
  });

  test.each(["/traces?status=error", "/traces?view=groups"])(
    "takes hostile names for nothing but names at %s",
    async (address) => {
      server.answers = hostileAnswers(filled());
      await using opened = await browser!.open(`${server.origin}${address}`);
      const { page, problems } = opened;
      await heatmap(page).waitFor();
      await page.locator("tbody tr").nth(5).waitFor();
      await screenshot(page, `traces-hostile${address.includes("groups") ? "-groups" : ""}`);
      expect(await axeViolations(page)).toEqual([]);
      expect(await widthOver(page)).toBe(0);
      expect(problems.filter(isOurs)).toEqual([]);
    },
  );

  test("reaches everything by Tab", async () => {
    await using opened = await browser!.open(`${server.origin}/traces`);
    const { page } = opened;
    await heatmap(page).waitFor();
    expect(await unreachedByTab(page)).toEqual([]);
  });
});

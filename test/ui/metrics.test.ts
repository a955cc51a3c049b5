import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { axeViolations, screenshot, startBrowser, THEMES, WIDTHS } from "./browser.ts";
import { METRICS } from "./canned/metrics.ts";
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
});
afterEach(() => {
  server.asked.length = 0;
});
afterAll(async () => {
  await browser?.close();
  await server.close();
});

const isOurs = (problem: string): boolean => !problem.startsWith("Failed to load resource");
const widthOver = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
const address = (search: string): string => `${server.origin}/metrics?live=off&${search}`;
const DURATION = "a=http.server.request.duration&a.by=service";

describe.skipIf(browser === undefined)("the page of the metrics", () => {
  describe.each(THEMES)("in the %s theme", (theme) => {
    test.each(WIDTHS)("shows the metrics at a glance, %i wide", async (width) => {
      await using opened = await browser!.open(address(""), { theme, width, height: 900 });
      const { page, problems } = opened;
      await page.getByRole("link", { name: "Open shop.orders" }).waitFor();
      await page.getByText("p95").first().waitFor();
      await expect.poll(() => page.locator("li svg path").count()).toBeGreaterThan(15);
      expect(await widthOver(page)).toBe(0);
      await screenshot(page, `metrics-glance-${width}-${theme}`);
      expect(await axeViolations(page)).toEqual([]);
      expect(problems).toEqual([]);
    });

    test.each(WIDTHS)("draws a query and what is known of its metric, %i wide", async (width) => {
      await using opened = await browser!.open(address(DURATION), { theme, width, height: 1_000 });
      const { page, problems } = opened;
      await page.getByRole("slider").hover({ position: { x: 120, y: 90 } });
      await page
        .getByRole("button", { name: "Group by http.route" })
        .or(page.getByTitle("Group by http.route"))
        .first()
        .waitFor();
      expect(await widthOver(page)).toBe(0);
      await screenshot(page, `metrics-query-${width}-${theme}`);
      expect(await axeViolations(page)).toEqual([]);
      expect(problems).toEqual([]);
    });

    test("says that nothing was sent", async () => {
      server.answers = silent();
      await using opened = await browser!.open(address(""), { theme });
      const { page, problems } = opened;
      await page.getByText("No metric was sent in the last hour").waitFor();
      await screenshot(page, `metrics-empty-${theme}`);
      expect(await axeViolations(page)).toEqual([]);
      expect(problems).toEqual([]);
    });

    test("says what to do when the store is down", async () => {
      server.refusal = storeDown.refusal;
      for (const search of ["", DURATION]) {
        await using opened = await browser!.open(address(search), { theme });
        const { page, problems } = opened;
        await page.getByText("SIGHTGLASS_CLICKHOUSE_URL").first().waitFor();
        await screenshot(page, `metrics-store-down${search === "" ? "" : "-query"}-${theme}`);
        expect(await axeViolations(page)).toEqual([]);
        expect(problems.filter(isOurs)).toEqual([]);
      }
    });
  });

  test("is built with the keys alone, and stands in the address", async () => {
    await using opened = await browser!.open(address(""));
    const { page, problems } = opened;
    const field = page.getByRole("combobox", { name: "Metric of query A" });
    await field.focus();
    await field.pressSequentially("request.dur");
    await page.getByRole("option", { name: /http\.server\.request\.duration/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("slider").waitFor();
    await page.getByRole("combobox", { name: "Group query A by" }).focus();
    await page.keyboard.type("service");
    await page.keyboard.press("Enter");
    await page.getByRole("combobox", { name: "Key of a filter of query A" }).focus();
    await page.keyboard.type("http.route");
    await page.keyboard.press("Enter");
    await page.getByRole("combobox", { name: "Value of http.route in query A" }).focus();
    await page.keyboard.type("/cart");
    await page.keyboard.press("Enter");
    await page.getByLabel("Aggregation of query A").selectOption("p99");
    await expect
      .poll(() => Object.fromEntries(new URL(page.url()).searchParams))
      .toEqual({
        live: "off",
        a: "http.server.request.duration",
        "a.agg": "p99",
        "a.by": "service",
        "a.where": "http.route=/cart",
      });
    await expect
      .poll(() =>
        server.asked.some(
          (path) => path.includes("aggregation=p99") && path.includes("http.route%3D%2Fcart"),
        ),
      )
      .toBe(true);
    expect(problems).toEqual([]);
  });

  test("computes with queries, and tells where a formula is wrong", async () => {
    const search = "a=shop.orders&b=shop.revenue&a.hide=yes&f=b%20%2F%20a&unit=By";
    await using opened = await browser!.open(address(search));
    const { page, problems } = opened;
    await page.getByRole("button", { name: "Show b / a" }).waitFor();
    const field = page.getByLabel("Formula", { exact: true });
    await field.fill("b / (a");
    await field.press("Enter");
    await page.getByRole("alert").getByText('A ")" is missing at the end').waitFor();
    await screenshot(page, "metrics-formula-fault");
    expect(await axeViolations(page)).toEqual([]);
    await field.fill("b / a * 2");
    await field.press("Enter");
    await page.getByRole("button", { name: "Show b / a * 2" }).waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
    await screenshot(page, "metrics-formula");
    expect(problems).toEqual([]);
  });

  test("takes back a new formula that is not finished", async () => {
    await using opened = await browser!.open(address("a=shop.orders"));
    const { page } = opened;
    await page.getByRole("button", { name: "Formula", exact: true }).click();
    const field = page.getByLabel("Formula", { exact: true });
    await field.fill("a * 2");
    await page.getByRole("button", { name: "Remove this formula" }).click();
    await field.waitFor({ state: "detached" });
    expect(new URL(page.url()).searchParams.has("f")).toBe(false);
  });

  test("finds metrics while a word is put before what was typed", async () => {
    await using opened = await browser!.open(address("listing=list"));
    const { page } = opened;
    const field = page.getByRole("searchbox", { name: "Find a metric" });
    await field.pressSequentially("orders");
    await field.press("Home");
    await field.pressSequentially("shop.");
    expect(await field.inputValue()).toBe("shop.orders");
    await expect.poll(() => new URL(page.url()).searchParams.get("find")).toBe("shop.orders");
  });

  test("compares with a day before", async () => {
    await using opened = await browser!.open(address("a=shop.orders"));
    const { page, problems } = opened;
    await page.getByLabel("Compare with").selectOption("day");
    await page.getByRole("button", { name: "Show shop.orders (before)" }).waitFor();
    await screenshot(page, "metrics-compared");
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  test("draws the largest lines, and says how many it leaves out", async () => {
    await using opened = await browser!.open(address(DURATION));
    const { page } = opened;
    await page.getByLabel("Lines", { exact: true }).selectOption("5");
    await page.getByRole("button", { name: /^Show storefront/ }).waitFor();
    const answers = filled();
    server.answers = {
      ...answers,
      queryMetric: (url) => {
        const answer = answers.queryMetric(url);
        return {
          ...answer,
          data: Array.from({ length: 20 }, (_, line) => ({
            ...answer.data[line % 5]!,
            labels: { service: `s${line}` },
          })),
        };
      },
    };
    await page.reload();
    const left = page.getByText("the 5 lines with the highest averages are drawn, 15 more are not");
    await expect.poll(() => left.count()).toBe(1);
  });

  test("leads from an exemplar to its trace", async () => {
    await using opened = await browser!.open(address(DURATION));
    const { page } = opened;
    await page.getByRole("button", { name: /show as a table/ }).click();
    await page
      .getByRole("button", { name: /^Open the trace of/ })
      .first()
      .click();
    await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/traces\/[0-9a-f]{32}$/);
  });

  test("looks at the stretch of time that is brushed, and back", async () => {
    await using opened = await browser!.open(address(DURATION));
    const { page } = opened;
    const box = (await page.getByRole("slider").boundingBox())!;
    await page.mouse.move(box.x + 100, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + 300, box.y + 50, { steps: 3 });
    await page.mouse.up();
    await expect.poll(() => new URL(page.url()).searchParams.get("from")).not.toBeNull();
    await page.goBack();
    await expect.poll(() => new URL(page.url()).searchParams.get("from")).toBeNull();
    expect(new URL(page.url()).searchParams.get("a")).toBe("http.server.request.duration");
  });

  test("shows what makes the most series, and opens it", async () => {
    await using opened = await browser!.open(address("listing=cardinality"));
    const { page, problems } = opened;
    await page.getByText("1,204 series of 9 metrics").waitFor();
    await screenshot(page, "metrics-cardinality");
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "shop.orders" }).click();
    await page.getByRole("slider").waitFor();
    expect(problems).toEqual([]);
  });

  test.each(["", "listing=list", "listing=cardinality", DURATION])(
    "has every control reached by Tab: %s",
    async (search) => {
      await using opened = await browser!.open(address(search));
      await opened.page
        .getByText("http.server.request.duration")
        .or(opened.page.getByRole("slider"))
        .first()
        .waitFor();
      expect(await unreachedByTab(opened.page)).toEqual([]);
    },
  );

  test.each([390, 1_280])("shows hostile names and labels as text, %i wide", async (width) => {
    const run = "window.tellTest('a hostile string ran')";
    const texts = [
      `<img src=x onerror="${run}">`,
      "user\u202etxt.exe\u2066",
      "W".repeat(10_000),
      "a\u0000b\u001b[31m\u007f",
      "__proto__",
      "\u200b",
    ];
    const answers = filled();
    server.answers = {
      ...answers,
      listMetrics: {
        data: texts.map((name, place) => ({
          ...METRICS[place]!,
          name,
          unit: texts[(place + 1) % 6]!,
          description: texts[(place + 2) % 6]!,
          services: texts,
          attributes: texts,
        })),
        truncated: false,
      },
      queryMetric: (url) => {
        const answer = answers.queryMetric(
          new URL(url.href.replace(/name=[^&]*/, "name=shop.orders")),
        );
        return {
          ...answer,
          unit: texts[1]!,
          data: texts.map((text) => ({ ...answer.data[0]!, labels: { key: text } })),
        };
      },
      listMetricLabels: (url) => ({
        ...answers.listMetricLabels(url),
        data: texts.map((key) => ({
          key,
          values: 1,
          series: 1,
          seriesWithout: 1,
          topValues: texts,
        })),
      }),
      listCardinality: {
        ...answers.listCardinality,
        data: texts.map((name) => ({ name, series: 5, services: 1, resources: 1 })),
        labels: texts.map((key) => ({ key, values: 1, metrics: 1, series: 1 })),
      },
    };
    const query = new URLSearchParams([
      ["a", texts[0]!],
      ["a.by", "key"],
      ["a.where", `${texts[1]!}=${texts[3]!}`],
      ["f", texts[0]!],
    ]);
    for (const search of ["", "listing=list", "listing=cardinality", query.toString()]) {
      await using opened = await browser!.open(address(search), { width });
      const { page, problems } = opened;
      await page.getByText("userU+202Etxt.exeU+2066").filter({ visible: true }).first().waitFor();
      if (search.startsWith("a="))
        await page.getByRole("slider").hover({ position: { x: 50, y: 50 } });
      await page.getByRole("combobox").first().click();
      await screenshot(page, `metrics-hostile-${width}`);
      expect(await widthOver(page), `${search}`).toBe(0);
      expect(await axeViolations(page), `${search}`).toEqual([]);
      expect(problems, `${search}`).toEqual([]);
    }
  });
});

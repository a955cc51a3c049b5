import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  axeViolations,
  nextPoll,
  resize,
  screenshot,
  startBrowser,
  THEMES,
  WIDTHS,
  withClock,
} from "./browser.ts";
import { empty, filled, storeDown } from "./canned/shops.ts";
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
  server.refusal = undefined;
  server.token = undefined;
});
afterEach(() => {
  server.asked.length = 0;
});
afterAll(async () => {
  await browser?.close();
  await server.close();
});

/** The browser's own line about an answer that is an error; the page cannot keep it from being written. */
const isFailedLoad = (problem: string): boolean => problem.startsWith("Failed to load resource");

describe.skipIf(browser === undefined)("the overview", () => {
  describe.each(THEMES)("in the %s theme", (theme) => {
    test("shows a shop at work without a fault, however wide", async () => {
      await using opened = await browser!.open(server.origin, { theme });
      const { page, problems } = opened;
      for (const width of WIDTHS) {
        await resize(page, width, 800);
        await page.getByRole("link", { name: "storefront POST /checkout" }).first().waitFor();
        const catalog = page.getByRole("listitem").filter({ hasText: "catalog" }).first();
        expect(await catalog.innerText()).toContain("112/s");
        expect(await page.getByText("Errors rose from 0.20% to 8.12%").isVisible()).toBe(true);
        expect(await page.getByText("4 new operations: POST /cart/merge").isVisible()).toBe(true);
        expect(await widthOver(page), `${width} wide`).toBe(0);
        await screenshot(page, `overview-${width}-${theme}`);
        expect(await axeViolations(page), `${width} wide`).toEqual([]);
        expect(problems, `${width} wide`).toEqual([]);
      }
    });

    test("waits for first data with a snippet that has the real address", async () => {
      server.answers = empty();
      await using opened = await browser!.open(server.origin, { theme });
      const { page, problems } = opened;
      await page.getByRole("heading", { name: "Waiting for first data" }).waitFor();
      const snippet = page.getByLabel("Snippet for curl");
      expect(await snippet.innerText()).toContain("curl http://127.0.0.1:4318/v1/traces");
      await page.getByRole("tab", { name: "Collector" }).click();
      expect(await page.getByLabel("Snippet for Collector").innerText()).toContain("otlp_http");
      expect(new URL(page.url()).search).toBe("?snippet=collector");
      await screenshot(page, `overview-empty-${theme}`);
      expect(await axeViolations(page)).toEqual([]);
      expect(problems).toEqual([]);
    });

    test("says what to do when the store is down, and shows the counts all the same", async () => {
      server.answers = { ...filled(), ...storeDown.answers };
      server.refusal = storeDown.refusal;
      await using opened = await browser!.open(server.origin, { theme });
      const { page, problems } = opened;
      await page.getByText("The ClickHouse server cannot be reached").first().waitFor();
      expect(await page.getByText("SIGHTGLASS_CLICKHOUSE_URL").first().isVisible()).toBe(true);
      expect(await page.getByText("48.2M").first().isVisible()).toBe(true);
      expect(await page.getByText("Not ready").isVisible()).toBe(true);
      await screenshot(page, `overview-store-down-${theme}`);
      expect(await axeViolations(page)).toEqual([]);
      expect(problems.filter((problem) => !isFailedLoad(problem))).toEqual([]);
    });

    test("says that nothing answers, once, when no question is answered", async () => {
      await using opened = await browser!.open(server.origin, {
        theme,
        before: async (page) => {
          await page.route(/api|readyz/, (route) => route.abort());
        },
      });
      const { page, problems } = opened;
      await page.getByText("Sightglass does not answer").waitFor();
      expect(await page.getByRole("alert").count()).toBe(1);
      await screenshot(page, `overview-unreachable-${theme}`);
      expect(await axeViolations(page)).toEqual([]);
      expect(problems.filter((problem) => !isFailedLoad(problem))).toEqual([]);
    });

    test("asks for the token, and opens with the right one only", async () => {
      server.token = "sesame";
      await using opened = await browser!.open(server.origin, { theme });
      const { page, problems } = opened;
      await page.getByLabel("Token").fill("barley");
      await page.getByRole("button", { name: "Open" }).click();
      await page.getByText("That token was not accepted").waitFor();
      await screenshot(page, `token-${theme}`);
      expect(await axeViolations(page)).toEqual([]);
      await page.getByLabel("Token").fill("sesame");
      await page.getByLabel("Token").press("Enter");
      await page.getByRole("heading", { name: "Services" }).waitFor();
      await page.getByRole("button", { name: "Show how" }).click();
      expect(await page.getByLabel("Snippet for curl").innerText()).toContain(
        "Authorization: Bearer",
      );
      expect(problems.filter((problem) => !isFailedLoad(problem))).toEqual([]);
    });
  });

  test("fills by itself when the first data arrives", async () => {
    server.answers = empty();
    await using opened = await browser!.open(server.origin, { before: withClock });
    const { page, problems } = opened;
    await page.getByRole("heading", { name: "Waiting for first data" }).waitFor();
    server.answers = filled();
    await nextPoll(page);
    await page.getByRole("link", { name: "storefront POST /checkout" }).first().waitFor();
    expect(await page.getByRole("heading", { name: "Waiting for first data" }).count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test("asks nothing while its tab is hidden or the page is paused, and goes on afterwards", async () => {
    await using opened = await browser!.open(server.origin, { before: withClock });
    const { page } = opened;
    await page.getByRole("heading", { name: "Services" }).waitFor();
    const settle = () => page.evaluate(async () => (await fetch("/icon.svg")).status);
    const askedIn20Seconds = async (): Promise<number> => {
      await settle();
      const before = server.asked.length;
      for (let second = 0; second < 20; second++) {
        await page.clock.runFor(1_000);
        await settle();
      }
      return server.asked.length - before;
    };
    expect(await askedIn20Seconds()).toBeGreaterThan(10);
    await setHidden(page, true);
    expect(await askedIn20Seconds()).toBe(0);
    await setHidden(page, false);
    expect(await askedIn20Seconds()).toBeGreaterThan(10);
    await page.getByRole("button", { name: "Pause" }).click();
    expect(await askedIn20Seconds()).toBe(0);
    expect(new URL(page.url()).search).toBe("?live=off");
  });

  test("keeps the last numbers and says how old they are when answers stop", async () => {
    await using opened = await browser!.open(server.origin, { before: withClock });
    const { page } = opened;
    await page.getByText("catalog").first().waitFor();
    await page.route(/api|readyz/, (route) => route.abort());
    await nextPoll(page);
    await page.getByText("What is shown is as of").waitFor();
    expect(await page.getByText("catalog").first().isVisible()).toBe(true);
    expect(await axeViolations(page)).toEqual([]);
    await page.unroute(/api|readyz/);
    await nextPoll(page);
    await page.getByText("What is shown is as of").waitFor({ state: "detached" });
  });

  test("has its view in the address: range and errors", async () => {
    await using opened = await browser!.open(server.origin);
    const { page } = opened;
    await page.getByRole("button", { name: "Time range: Last hour" }).click();
    await page.getByRole("button", { name: "Last 6 hours" }).click();
    await page.getByRole("button", { name: "Only errors" }).click();
    await page.waitForURL(/status=error/);
    const search = new URL(page.url()).searchParams;
    expect(Object.fromEntries(search)).toEqual({ range: "6h", status: "error" });
    const asked = (): string | undefined =>
      server.asked.findLast((path) => path.includes("/traces?"));
    await expect.poll(asked).toContain("status=error");
    server.asked.length = 0;
    await page.reload();
    await page.getByRole("button", { name: "Only errors", pressed: true }).waitFor();
    await expect.poll(asked).toContain("status=error");
    expect(await page.getByRole("button", { name: "Time range: Last 6 hours" }).count()).toBe(1);
  });

  test("puts services in trouble first, and leads to the traces of each", async () => {
    await using opened = await browser!.open(server.origin);
    const { page } = opened;
    const tiles = page.getByRole("region", { name: "Services" }).getByRole("listitem");
    await tiles.first().waitFor();
    await expect.poll(() => tiles.first().innerText()).toContain("payment");
    expect(await page.getByRole("region", { name: "Services" }).innerText()).not.toContain(
      "sightglass",
    );
    await tiles.first().getByRole("link", { name: "payment" }).click();
    await page.waitForURL((url) => url.pathname === "/traces");
    expect(new URL(page.url()).searchParams.get("q")).toBe("service:payment");
  });

  test("asks at most six questions at once", async () => {
    await using opened = await browser!.open(`${server.origin}/?live=off`);
    await opened.page.getByRole("link", { name: "storefront POST /checkout" }).first().waitFor();
    const heavy = server.asked.filter((path) => !/about|ready|ledger|attributes/.test(path));
    expect(new Set(heavy.map((path) => path.split("?")[0])).size).toBeLessThanOrEqual(6);
  });

  test("pages to older traces with the range that the first page had", async () => {
    await using opened = await browser!.open(server.origin);
    const { page } = opened;
    await page.getByRole("button", { name: "Older" }).click();
    await page.getByText("Older traces stand still").waitFor();
    const pages = server.asked
      .filter((path) => path.includes("/traces?"))
      .map((path) => new URLSearchParams(path.split("?")[1]));
    const older = pages.findLast((parameters) => parameters.get("cursor") === "older");
    expect(pages.map((parameters) => parameters.get("to"))).toContain(older?.get("to"));
    await page.getByRole("button", { name: "Back to the latest" }).click();
    await page.getByRole("heading", { name: "Latest traces" }).waitFor();
  });

  test("lets Tab reach everything that can be pressed, each with a visible focus", async () => {
    await using opened = await browser!.open(`${server.origin}/?live=off`);
    await opened.page.getByRole("link", { name: "storefront POST /checkout" }).first().waitFor();
    expect(await unreachedByTab(opened.page)).toEqual([]);
  });

  test.each(["/", `/traces/${checkoutTrace.traceId}`])(
    "needs no sideways scrolling at 320 pixels, which is 1,280 enlarged four times: %s",
    async (path) => {
      await using opened = await browser!.open(server.origin + path, { width: 320, height: 640 });
      await opened.page.getByText("POST /checkout").first().waitFor();
      expect(await widthOver(opened.page)).toBe(0);
    },
  );

  test("keeps a chosen theme over a reload, whatever the system's is", async () => {
    await using opened = await browser!.open(server.origin, { theme: "light" });
    const { page } = opened;
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.getByRole("button", { name: /^Theme: as the system/ }).click();
    await page.getByRole("button", { name: /^Theme: light/ }).click();
    const dark = await background();
    expect(dark).not.toBe(light);
    await page.reload();
    await page.getByRole("button", { name: /^Theme: dark/ }).waitFor();
    expect(await background()).toBe(dark);
  });

  test("moves nothing where less motion is wanted", async () => {
    server.answers = empty();
    await using opened = await browser!.open(server.origin, { isReducedMotion: true });
    const { page } = opened;
    await page.getByRole("heading", { name: "Waiting for first data" }).waitFor();
    await expect
      .poll(() =>
        page.evaluate(
          () => document.getAnimations().filter(({ playState }) => playState === "running").length,
        ),
      )
      .toBe(0);
  });

  test("says that a page does not exist, with a way home", async () => {
    await using opened = await browser!.open(`${server.origin}/no/such/page`);
    const { page, problems } = opened;
    await page.getByRole("link", { name: "Go to the overview" }).click();
    await page.getByRole("heading", { name: "Services" }).waitFor();
    expect(problems).toEqual([]);
  });
});

describe.skipIf(browser === undefined)("what watches the pages", () => {
  test("finds a fault that is put there", async () => {
    await using opened = await browser!.open(server.origin);
    const { page, problems } = opened;
    await page.getByRole("heading", { name: "Services" }).waitFor();
    await page.evaluate(() => {
      const faint = document.createElement("p");
      faint.textContent = "too faint to read";
      faint.style.color = "#ccc";
      faint.style.background = "#fff";
      document.querySelector("main")!.append(faint, document.createElement("button"));
    });
    const found = await axeViolations(page);
    expect(new Set(found.map((violation) => violation.split("\n")[0]))).toEqual(
      new Set(["button-name", "color-contrast"]),
    );
    await page.evaluate(() => {
      const image = new Image();
      image.src = "https://elsewhere.example/x.png";
    });
    await expect.poll(() => problems.join("\n")).toContain("content policy: img-src");
  });
});

/** CSS pixels by which the page is wider than its window. */
function widthOver(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

function setHidden(page: Page, isHidden: boolean): Promise<void> {
  return page.evaluate((hidden) => {
    Object.defineProperty(document, "visibilityState", {
      configurable: true,
      get: () => (hidden ? "hidden" : "visible"),
    });
    // As browsers do: at the document, and up to the window.
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  }, isHidden);
}

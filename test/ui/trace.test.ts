import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
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
import { filled } from "./canned/shops.ts";
import { checkoutTrace, largeTrace } from "./canned/checkout-trace.ts";
import { answersOfTrace } from "./canned/one-trace.ts";
import { startPageServer, type PageServer } from "./page-server.ts";
import { unreachedByTab } from "./tab-tour.ts";

const browser = await startBrowser();
let server: PageServer;
let address: string;

beforeAll(async () => {
  server = await startPageServer(filled());
  address = `${server.origin}/traces/${checkoutTrace.traceId}`;
});
beforeEach(() => {
  server.answers = filled();
  server.refusal = undefined;
});
afterAll(async () => {
  await browser?.close();
  await server.close();
});

const spanId = (name: string): string =>
  checkoutTrace.spans.find((span) => span.name === name)!.spanId;

describe.skipIf(browser === undefined)("a trace", () => {
  describe.each(THEMES)("in the %s theme", (theme) => {
    test("shows its spans and the selected one, however wide", async () => {
      await using opened = await browser!.open(`${address}?span=${spanId("POST /charge")}`, {
        theme,
      });
      const { page, problems } = opened;
      const charge = page.getByRole("treeitem", {
        name: /payment POST \/charge 288 ms ?, failed, starts at 114 ms/,
      });
      const detail = page.getByRole("region", { name: "Selected span" });
      for (const width of WIDTHS) {
        await resize(page, width, width === 390 ? 844 : 900);
        await charge.waitFor();
        expect(await charge.getAttribute("aria-selected")).toBe("true");
        for (const text of [
          "card declined by issuer (51)",
          "payment.attempts",
          "exception.stacktrace",
          "shop-7d9c4b-x2kqp",
        ]) {
          expect(await detail.getByText(text).first().isVisible()).toBe(true);
        }
        const widthOver = () => document.documentElement.scrollWidth - innerWidth;
        expect(await page.evaluate(widthOver), `${width} wide`).toBe(0);
        await screenshot(page, `trace-${width}-${theme}`);
        expect(await axeViolations(page), `${width} wide`).toEqual([]);
        expect(problems, `${width} wide`).toEqual([]);
      }
    });

    test("says why a trace is not here, and shows it once it arrives", async () => {
      server.refusal = {
        of: /traces\//,
        status: 404,
        code: "not_found",
        title: "There is nothing here",
        detail: "",
      };
      await using opened = await browser!.open(address, { theme, before: withClock });
      const { page } = opened;
      await page.getByText("This trace is not here").waitFor();
      await screenshot(page, `trace-missing-${theme}`);
      expect(await axeViolations(page)).toEqual([]);
      server.refusal = undefined;
      await nextPoll(page);
      await page.getByRole("treeitem", { name: /POST \/checkout/ }).waitFor();
    });
  });

  test("opens from the overview and goes back to it as it was", async () => {
    await using opened = await browser!.open(`${server.origin}/?sort=service`);
    const { page } = opened;
    await page.getByRole("link", { name: "storefront POST /checkout" }).first().click();
    await page.getByRole("tree").waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "Services" }).waitFor();
    expect(new URL(page.url()).search).toBe("?sort=service");
  });

  test("is walked, folded and closed by the keyboard, with every step in the address", async () => {
    await using opened = await browser!.open(address);
    const { page } = opened;
    const selected = () =>
      page.locator("[role=treeitem][aria-selected=true]").evaluate((row) => row.textContent);
    const search = () => Object.fromEntries(new URL(page.url()).searchParams);
    await page.getByRole("tree").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await expect.poll(selected).toMatch(/^storefrontvalidate session/);
    await page.keyboard.press("ArrowLeft");
    await expect.poll(search).toEqual({
      span: spanId("validate session"),
      folded: spanId("validate session"),
    });
    await page.keyboard.press("ArrowDown");
    await expect.poll(selected).toMatch(/^cartGET/);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowRight");
    await expect.poll(search).toEqual({ span: spanId("validate session") });
    await page.keyboard.press("ArrowRight");
    await expect.poll(selected).toMatch(/^sessionsGET session/);
    // Folds it, goes up, folds that, goes up: faster than the address can follow.
    for (let press = 0; press < 4; press++) await page.keyboard.press("ArrowLeft");
    await expect.poll(selected).toMatch(/^storefrontPOST \/checkout/);
    await page.keyboard.press("End");
    await expect.poll(selected).toMatch(/^storefrontrender error page/);
    await page.keyboard.press("e");
    await expect.poll(selected).toMatch(/^storefrontPOST \/checkout/);
    await page.keyboard.press("e");
    await expect.poll(selected).toMatch(/^paymentPOST \/charge/);
    await page.keyboard.press("Escape");
    const folded = `${spanId("GET session")}.${spanId("validate session")}`;
    await expect.poll(search).toEqual({ folded });
    expect(await page.getByRole("region", { name: "Selected span" }).count()).toBe(0);
  });

  test("zooms to the time of a span and back, by key and by button", async () => {
    await using opened = await browser!.open(`${address}?span=${spanId("POST /charge")}`);
    const { page } = opened;
    const bar = page
      .getByRole("treeitem", { name: /^fraud score/ })
      .locator("[style*=width]")
      .last();
    await bar.waitFor();
    const widthBefore = (await bar.boundingBox())!.width;
    await page.keyboard.press("z");
    await page.waitForURL(/zoom=/);
    expect((await bar.boundingBox())!.width).toBeGreaterThan(widthBefore * 1.3);
    expect(await page.getByRole("button", { name: "Zoom", pressed: true }).count()).toBe(1);
    await screenshot(page, "trace-zoomed-light");
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Show all of it" }).click();
    await page.waitForURL((url) => !url.searchParams.has("zoom"));
    expect((await bar.boundingBox())!.width).toBeCloseTo(widthBefore, 0);
  });

  test("is selected and folded by the mouse", async () => {
    await using opened = await browser!.open(address);
    const { page } = opened;
    await page.getByRole("treeitem", { name: /^cart GET/ }).click();
    const detail = page.getByRole("region", { name: "Selected span" });
    expect(await detail.getByRole("heading", { level: 2 }).innerText()).toBe("GET /cart/{id}");
    const cart = page.getByRole("treeitem", { name: /^cart GET/ });
    await cart.locator("[data-fold]").click();
    await page.getByRole("treeitem", { name: /SELECT cart_items/ }).waitFor({ state: "detached" });
    expect(await cart.getAttribute("aria-expanded")).toBe("false");
    await detail.getByRole("button", { name: "Close the span" }).click();
    await detail.waitFor({ state: "detached" });
    await page.waitForURL((url) => url.search === `?folded=${spanId("GET /cart/{id}")}`);
  });

  test("lets Tab reach everything that can be pressed, each with a visible focus", async () => {
    await using opened = await browser!.open(`${address}?span=${spanId("POST /checkout")}`);
    await opened.page.getByRole("treeitem").first().waitFor();
    expect(await unreachedByTab(opened.page)).toEqual([]);
  });

  test("shows nanoseconds in the tooltip of a time, and milliseconds in it", async () => {
    await using opened = await browser!.open(`${address}?span=${spanId("score")}`);
    const time = opened.page.getByRole("region", { name: "Selected span" }).locator("time").first();
    expect(await time.innerText()).toMatch(/09:14:03\.240$/);
    expect(await time.getAttribute("title")).toBe("2026-11-21 09:14:03.240456789 UTC");
  });

  test("with 10,000 spans draws a screenful of them, wherever it is scrolled to, and finds any", async () => {
    server.answers = { ...filled(), ...answersOfTrace(largeTrace(10_000)) };
    await using opened = await browser!.open(address, { height: 900 });
    const { page, problems } = opened;
    await page.getByRole("treeitem").first().waitFor();
    expect(await page.getByText("10,000", { exact: true }).isVisible()).toBe(true);
    expect(await page.getByRole("treeitem").count()).toBeLessThan(80);
    const drawn = await page.evaluate(async () => {
      const tree = document.querySelector("[role=tree]")!;
      const scroller = tree.parentElement!;
      const { top, bottom } = scroller.getBoundingClientRect();
      const isShown = (row: Element): boolean => {
        const place = row.getBoundingClientRect();
        return place.bottom > top && place.top < bottom;
      };
      const counts: { rows: number; shown: number }[] = [];
      for (let step = 0; step < 45; step++) {
        scroller.scrollTop = step * 3_000;
        for (let frame = 0; frame < 2; frame++) await new Promise<number>(requestAnimationFrame);
        const rows = [...tree.querySelectorAll("[role=treeitem]")];
        counts.push({ rows: rows.length, shown: rows.filter(isShown).length });
      }
      return counts;
    });
    // How long a frame takes is the machine's matter too; how much is in one is ours.
    expect(Math.max(...drawn.map(({ rows }) => rows))).toBeLessThan(80);
    expect(Math.min(...drawn.map(({ shown }) => shown))).toBeGreaterThanOrEqual(15);
    await page.getByRole("tree").focus();
    await page.keyboard.press("End");
    const last = page.locator("[role=treeitem][aria-selected=true]");
    await last.waitFor();
    expect(await last.isVisible()).toBe(true);
    await screenshot(page, "trace-10000-light");
    expect(problems).toEqual([]);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ServicesAnswer } from "#api/contract/services.ts";
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
afterAll(async () => {
  await browser?.close();
  await server.close();
});

const isFailedLoad = (problem: string): boolean => problem.startsWith("Failed to load resource");

/** A system of many services, the busiest first. */
function manyServices(count: number): ServicesAnswer {
  return {
    data: Array.from({ length: count }, (_, n) => ({
      service: `service-${String(n).padStart(3, "0")}`,
      requests: 10_000 - n,
      requestsPerSecond: (10_000 - n) / 3_600,
      errors: 0,
      errorRate: 0,
      avgMs: 2,
      p50Ms: 1,
      p95Ms: 4,
      p99Ms: 9,
      previous: null,
    })),
  };
}

describe.skipIf(browser === undefined)("the list of services", () => {
  test.each(THEMES)(
    "shows each with its figures, changes and course, in the %s theme",
    async (theme) => {
      await using opened = await browser!.open(`${server.origin}/services`, { theme });
      const { page, problems } = opened;
      const payment = page.getByRole("row").filter({ hasText: "payment" });
      await payment.waitFor();
      for (const width of WIDTHS) {
        await resize(page, width, 900);
        await expect.poll(() => payment.innerText()).toContain("13.2%");
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(
          0,
        );
        await screenshot(page, `services-${width}-${theme}`);
        expect(await axeViolations(page), `${width} wide`).toEqual([]);
      }
      expect(await payment.getByText("Many requests fail").count()).toBe(1);
      expect(await payment.innerText()).toMatch(/\+13\.\d pp/);
      expect(await page.getByRole("row").filter({ hasText: "assistant" }).innerText()).toContain(
        "new",
      );
      expect(problems).toEqual([]);
    },
  );

  test("asks two questions for all services, whatever their number", async () => {
    server.answers = { ...filled(), listServices: manyServices(500) };
    await using opened = await browser!.open(`${server.origin}/services?live=off`);
    const { page } = opened;
    await page.getByRole("link", { name: "service-000", exact: true }).waitFor();
    await expect
      .poll(() => server.asked.filter((path) => path.includes("/services")).length)
      .toBe(2);
    // Only the rows in the window are drawn, and the table knows of all.
    expect(await page.getByRole("row").count()).toBeLessThan(80);
    expect(await page.getByRole("table").getAttribute("aria-rowcount")).toBe("501");
    await page.mouse.move(600, 600);
    await page.mouse.wheel(0, 100_000);
    await page.getByRole("link", { name: "service-499", exact: true }).waitFor();
    expect(await page.getByRole("row").count()).toBeLessThan(80);
  });

  test("has its order and filter in the address", async () => {
    await using opened = await browser!.open(`${server.origin}/services?live=off`);
    const { page } = opened;
    const names = () => page.getByRole("rowheader").allInnerTexts();
    await page.getByRole("button", { name: "p95" }).click();
    await page.waitForURL(/sort=-p95Ms/);
    expect((await names())[0]).toContain("scheduler");
    await page.keyboard.press("/");
    await page.keyboard.type("SEAR");
    await page.waitForURL(/filter=SEAR/);
    expect(await names()).toHaveLength(1);
    await page.reload();
    await page.getByRole("link", { name: "search", exact: true }).waitFor();
    expect(await names()).toHaveLength(1);
    await page.getByRole("searchbox").fill("nothing of the kind");
    await page.getByText("No service has such a name").waitFor();
  });

  test("is gone through with j, k and the arrows, and opened with Enter", async () => {
    server.answers = { ...filled(), listServices: manyServices(300) };
    await using opened = await browser!.open(`${server.origin}/services?live=off`);
    const { page } = opened;
    const link = (name: string) => page.getByRole("link", { name, exact: true });
    await link("service-000").waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    for (let press = 0; press < 3; press++) await page.keyboard.press("j");
    expect(await focused()).toBe("service-002");
    await page.keyboard.press("k");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    expect(await focused()).toBe("service-003");
    await page.keyboard.press("End");
    await expect.poll(focused).toBe("service-299");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/services\/service-299/);
  });

  test("lets Tab reach everything that can be pressed, each with a visible focus", async () => {
    await using opened = await browser!.open(`${server.origin}/services?live=off`);
    await opened.page.getByRole("link", { name: "payment", exact: true }).waitFor();
    expect(await unreachedByTab(opened.page)).toEqual([]);
  });

  test("says when there is none, and what to do when the store is down", async () => {
    server.answers = silent();
    await using opened = await browser!.open(`${server.origin}/services`, { before: withClock });
    const { page, problems } = opened;
    await page.getByText("No service sent a span in the last hour").waitFor();
    server.answers = { ...filled(), ...storeDown.answers };
    server.refusal = storeDown.refusal;
    await page.reload();
    await page.getByRole("alert").filter({ hasText: "cannot be reached" }).first().waitFor();
    server.answers = filled();
    server.refusal = undefined;
    await nextPoll(page);
    await page.getByRole("link", { name: "payment", exact: true }).waitFor();
    expect(problems.filter((problem) => !isFailedLoad(problem))).toEqual([]);
  });
});

describe.skipIf(browser === undefined)("the page of a service", () => {
  const address = "/services/payment?live=off";

  test.each(THEMES)("shows its figures and charts, in the %s theme", async (theme) => {
    await using opened = await browser!.open(server.origin + address, { theme });
    const { page, problems } = opened;
    await page.getByRole("heading", { name: "payment" }).waitFor();
    await page.getByRole("rowheader", { name: /^POST .charge/ }).waitFor();
    expect(await page.title()).toContain("payment");
    for (const width of WIDTHS) {
      await resize(page, width, 1_000);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
      await screenshot(page, `service-${width}-${theme}`);
      expect(await axeViolations(page), `${width} wide`).toEqual([]);
    }
    expect(problems).toEqual([]);
  });

  test("has operations, calls, instances, traces and logs in tabs of the address", async () => {
    await using opened = await browser!.open(server.origin + address);
    const { page, problems } = opened;
    const tab = (name: string) => page.getByRole("tab", { name }).click();
    await tab("Dependencies");
    await page.waitForURL(/tab=dependencies/);
    const callers = page.getByRole("region", { name: "Called by" });
    expect(await callers.getByRole("row").count()).toBe(3);
    expect(await callers.innerText()).toContain("orders");
    const called = page.getByRole("region", { name: "Calls", exact: true });
    expect(await called.innerText()).toContain("external");
    await screenshot(page, "service-dependencies");
    expect(await axeViolations(page)).toEqual([]);
    await tab("Resources");
    await page.getByRole("button", { name: "payment-5b8d4-mm2zl" }).click();
    await page.getByText("k8s.node.name").waitFor();
    await screenshot(page, "service-resources");
    expect(await axeViolations(page)).toEqual([]);
    await tab("Traces");
    await page.getByRole("button", { name: "Only errors" }).click();
    await page.waitForURL(/tab=traces/);
    await expect
      .poll(() => server.asked.findLast((path) => path.includes("/traces?")))
      .toContain("service=payment&status=error");
    await page.reload();
    await page.getByRole("button", { name: "Only errors", pressed: true }).waitFor();
    await tab("Operations");
    await page.getByRole("rowheader", { name: /^POST .charge/ }).waitFor();
    expect(new URL(page.url()).search).not.toContain("tab=");
    expect(problems).toEqual([]);
  });

  test("asks no more than six questions at once", async () => {
    await using opened = await browser!.open(server.origin + address);
    await opened.page.getByRole("rowheader", { name: /^POST .charge/ }).waitFor();
    const own = server.asked.filter((path) => path.includes("/services"));
    expect(own.length).toBeLessThanOrEqual(6);
  });

  test("says that a service was not there, and takes any name", async () => {
    const name = "a/b?c#d%2F \u202eé";
    await using opened = await browser!.open(
      `${server.origin}/services/${encodeURIComponent(name)}?live=off`,
    );
    const { page, problems } = opened;
    await page.getByText("It sent no span in the last hour").waitFor();
    await expect
      .poll(() =>
        server.asked.some((path) =>
          path.includes(`service=${encodeURIComponent("a/b?c#d%2F").replaceAll("%20", "+")}`),
        ),
      )
      .toBe(true);
    expect(problems.filter((problem) => !isFailedLoad(problem))).toEqual([]);
  });

  test("lets Tab reach everything that can be pressed, each with a visible focus", async () => {
    await using opened = await browser!.open(server.origin + address);
    await opened.page.getByRole("rowheader", { name: /^POST .charge/ }).waitFor();
    expect(await unreachedByTab(opened.page)).toEqual([]);
  });
});

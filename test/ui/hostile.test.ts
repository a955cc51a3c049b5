import type { Span } from "#api/contract/traces.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axeViolations, screenshot, startBrowser, type OpenPage } from "./browser.ts";
import type { Answers } from "./canned/answers.ts";
import {
  HOSTILE,
  HOSTILE_TEXTS as TEXTS,
  hostileAttributes as attributes,
  hostileText as text,
} from "./canned/hostile.ts";
import { filled } from "./canned/shops.ts";
import { checkoutTrace } from "./canned/checkout-trace.ts";
import { answersOfTrace } from "./canned/one-trace.ts";
import { startPageServer, type PageServer } from "./page-server.ts";

const browser = await startBrowser();
let server: PageServer;

beforeAll(async () => {
  server = await startPageServer(filled());
});
afterAll(async () => {
  await browser?.close();
  await server.close();
});

/** A shop whose every name, key and value is hostile; `root` is that of its traces' roots. */
function hostileShop(root: string): Answers {
  const answers = filled();
  const spans = checkoutTrace.spans.map((span, place): Span => ({
    ...span,
    name: place === 0 ? root : text(place),
    service: place === 0 ? root : text(place + 5),
    traceState: text(place),
    attributes,
    resource: attributes,
    scope: { name: text(place), version: text(place + 1), attributes },
    status: { code: place % 2 === 0 ? "error" : "ok", message: text(place + 2) },
    events: TEXTS.map((name) => ({ time: span.startTime, name, attributes: {} })),
    links: [
      { traceId: checkoutTrace.traceId, spanId: span.spanId, traceState: text(place), attributes },
    ],
  }));
  return {
    ...answers,
    getReady: {
      status: "not_ready",
      checks: TEXTS.map((name, place) => ({ name, ready: false, message: text(place + 4) })),
    },
    listServices: {
      data: TEXTS.map((service) => ({
        ...answers.listServices(new URL("http://page/")).data[0]!,
        service,
      })),
    },
    searchTraces: {
      data: answers.searchTraces.data.map((row, place) => ({
        ...row,
        rootService: text(place),
        rootOperation: text(place + Math.floor(place / TEXTS.length)),
        services: TEXTS.slice(0, 1 + (place % TEXTS.length)),
      })),
      nextCursor: text(0),
    },
    ...answersOfTrace({ ...checkoutTrace, spans }),
  };
}

const selectedSpan = `/traces/${checkoutTrace.traceId}?span=${checkoutTrace.spans[0]!.spanId}`;

const ADDRESS_CHARACTERS_MAX = 8_000;

/** The browser's own line about the answer that says "not ready". */
const isOurs = (problem: string): boolean => !problem.startsWith("Failed to load resource");

/** Points at everything that has words, so that every tooltip and hover style shows. */
async function hoverAll({ page }: OpenPage): Promise<void> {
  const places = await page.evaluate(() =>
    [...document.querySelectorAll("[title], button, a, time")]
      .map((element) => element.getBoundingClientRect())
      .filter(({ width, top }) => width > 0 && top > 0 && top < innerHeight)
      .map(({ x, y, width, height }) => [x + width / 2, y + height / 2] as const),
  );
  for (const [x, y] of places) await page.mouse.move(x, y);
}

async function layoutFaults({ page }: OpenPage): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    if (document.documentElement.scrollWidth > innerWidth) faults.push("the page is too wide");
    for (const row of document.querySelectorAll("tbody tr, [role=treeitem], header")) {
      if (row.getBoundingClientRect().height > 180) faults.push(`too high: ${row.tagName}`);
    }
    return faults;
  });
}

describe.skipIf(browser === undefined)("hostile names, keys and values", () => {
  test.each([390, 1_280])("are only text on the overview, %i wide", async (width) => {
    server.answers = hostileShop(text(0));
    await using opened = await browser!.open(server.origin, { width });
    const { page, problems } = opened;
    await page.locator("tbody tr").nth(20).waitFor();
    await hoverAll(opened);
    await screenshot(page, `hostile-overview-${width}`);
    expect(await layoutFaults(opened)).toEqual([]);
    expect(await axeViolations(page)).toEqual([]);
    expect(problems.filter(isOurs)).toEqual([]);
  });

  test("are only text as a page of a service and in the address", async () => {
    server.answers = hostileShop(text(0));
    await using opened = await browser!.open(`${server.origin}/services?live=off`);
    const { page, problems } = opened;
    const links = page.getByRole("rowheader").getByRole("link").filter({ hasNotText: "(empty)" });
    await links.first().waitFor();
    const count = await links.count();
    expect(count).toBeGreaterThan(TEXTS.length / 2);
    for (let place = 0; place < count; place++) {
      await links.nth(place).click();
      await page.waitForURL(/\/services\/./);
      // Servers take no address of tens of kilobytes: such a name is there until the page is loaded anew.
      if (page.url().length < ADDRESS_CHARACTERS_MAX) await page.reload();
      await page.getByRole("heading", { level: 1 }).waitFor();
      expect({ place, faults: await layoutFaults(opened) }).toEqual({ place, faults: [] });
      await page.goBack();
      await links.first().waitFor();
    }
    expect(await axeViolations(page)).toEqual([]);
    expect(problems.filter(isOurs)).toEqual([]);
  });

  test.each([390, 1_280])("are only text in a trace and its spans, %i wide", async (width) => {
    server.answers = hostileShop(text(0));
    await using opened = await browser!.open(server.origin + selectedSpan, { width });
    const { page, problems } = opened;
    await page.getByRole("treeitem").first().waitFor();
    await hoverAll(opened);
    await page.getByRole("tree").focus();
    for (let press = 0; press < checkoutTrace.spans.length; press++) {
      await page.keyboard.press("ArrowDown");
    }
    await screenshot(page, `hostile-trace-${width}`);
    expect(await layoutFaults(opened)).toEqual([]);
    expect(await axeViolations(page)).toEqual([]);
    expect(problems.filter(isOurs)).toEqual([]);
  });

  test("are only text as the root of a trace, each of them", async () => {
    server.answers = hostileShop("");
    await using opened = await browser!.open(server.origin + selectedSpan);
    const { page, problems } = opened;
    for (const [what, root] of Object.entries(HOSTILE)) {
      server.answers = hostileShop(root);
      await page.goto(server.origin + selectedSpan);
      await page.getByRole("treeitem").first().waitFor();
      const found = { what, layout: await layoutFaults(opened), problems: problems.filter(isOurs) };
      expect(found).toEqual({ what, layout: [], problems: [] });
    }
  });

  test("show their hidden characters as marks", async () => {
    server.answers = hostileShop(text(0));
    await using opened = await browser!.open(`${server.origin}/services`);
    const shown = opened.page.getByRole("rowheader");
    await shown.first().waitFor();
    const names = (await shown.allInnerTexts()).map((name) => name.replace(/^\w+\n/, ""));
    expect(names).toContain("userU+202Etxt.exeU+2066 U+200Fend");
    expect(names).toContain("aNULbBELcESC[31mdU+007FeCRLFfTABg");
    expect(names).toContain("(empty)");
  });

  test("are whole on demand, however long", async () => {
    server.answers = hostileShop(text(0));
    await using opened = await browser!.open(server.origin + selectedSpan);
    const detail = opened.page.getByRole("region", { name: "Selected span" });
    const longest = () =>
      detail
        .locator("dd bdi")
        .evaluateAll((values) => Math.max(...values.map((value) => value.textContent.length)));
    await detail.waitFor();
    expect(await longest()).toBeLessThan(1_500);
    await detail
      .locator("dd")
      .getByRole("button", { name: "Show all 10,005 characters" })
      .first()
      .click();
    expect(await longest()).toBe(10_005);
  });
});

import { readFileSync } from "node:fs";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axeViolations, screenshot, startBrowser, THEMES, WIDTHS } from "./browser.ts";
import { serveSheet } from "./chart-sheet/serve-sheet.ts";
import { unreachedByTab } from "./tab-tour.ts";

const browser = await startBrowser();
let sheet: Awaited<ReturnType<typeof serveSheet>>;

beforeAll(async () => {
  sheet = await serveSheet();
});
afterAll(async () => {
  await browser?.close();
  await sheet.close();
});

const chart = (page: Page, title: string): Locator =>
  page.getByRole("region", { name: title, exact: true });
const slider = (page: Page, title: string): Locator =>
  page.getByRole("slider", { name: `${title}: values over time` });

/** Whether the canvas of a chart has anything but its ground on it. */
async function inked(place: Locator): Promise<number> {
  return place.locator("canvas").evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    let drawn = 0;
    for (let at = 3; at < data.length; at += 4) if (data[at]! > 0) drawn++;
    return drawn / (data.length / 4);
  });
}

describe.skipIf(browser === undefined)("charts", () => {
  test.each(THEMES.flatMap((theme) => WIDTHS.map((width) => [theme, width] as const)))(
    "are drawn without a fault in the %s theme, %i wide",
    async (theme, width) => {
      await using opened = await browser!.open(sheet.origin, { theme, width, height: 1_100 });
      const { page, problems } = opened;
      await slider(page, "Memory").waitFor();
      for (const title of ["Duration", "Compared", "Memory", "Log records"]) {
        await expect.poll(() => inked(chart(page, title))).toBeGreaterThan(0.01);
      }
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
      await slider(page, "Duration").hover({ position: { x: 180, y: 60 } });
      await page.getByText("p95").first().waitFor();
      await screenshot(page, `charts-${width}-${theme}`);
      expect(await axeViolations(page)).toEqual([]);
      expect(problems).toEqual([]);
    },
  );

  test("take on the other theme at once", async () => {
    await using opened = await browser!.open(sheet.origin);
    const { page } = opened;
    await slider(page, "Duration").waitFor();
    const labels = (): Promise<string> =>
      chart(page, "Duration")
        .locator("canvas")
        .evaluate((element) => (element as HTMLCanvasElement).toDataURL());
    const light = await labels();
    await page.evaluate(() => {
      document.documentElement.dataset["theme"] = "dark";
    });
    await expect.poll(labels).not.toBe(light);
  });

  test("share one cross-hair, and tell the values under it", async () => {
    await using opened = await browser!.open(sheet.origin);
    const { page } = opened;
    await slider(page, "Duration").hover({ position: { x: 100, y: 50 } });
    const hairs = page.locator("[role=slider] > .w-px");
    await expect.poll(() => hairs.count()).toBe(4);
    const places = await hairs.evaluateAll((all) =>
      all.map((one) =>
        Math.round(
          one.getBoundingClientRect().left - one.parentElement!.getBoundingClientRect().left,
        ),
      ),
    );
    expect(Math.max(...places) - Math.min(...places)).toBeLessThan(30);
    const text = await slider(page, "Duration").getAttribute("aria-valuetext");
    expect(text).toMatch(/^Sat 21 Nov, \d\d:\d\d: storefront [\d.]+ ms, cart /);
    await page.mouse.move(2, 2);
    await expect.poll(() => hairs.count()).toBe(0);
  });

  test("are brushed with the mouse", async () => {
    await using opened = await browser!.open(sheet.origin);
    const { page } = opened;
    const box = (await slider(page, "Duration").boundingBox())!;
    await page.mouse.move(box.x + box.width / 4, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + 60, { steps: 4 });
    // All charts show what is about to be chosen.
    await expect.poll(() => page.locator("[role=slider] > .border-accent").count()).toBe(4);
    await page.mouse.up();
    const said = await page.locator("#said").innerText();
    const [, from, to] = said.split(" ");
    const minutes = (Date.parse(to!) - Date.parse(from!)) / 60_000;
    expect(minutes).toBeGreaterThan(42);
    expect(minutes).toBeLessThan(48);
  });

  test("are read and brushed with the keys alone", async () => {
    await using opened = await browser!.open(sheet.origin);
    const { page } = opened;
    const place = slider(page, "Memory");
    await place.focus();
    await page.keyboard.press("ArrowLeft");
    const newest = await place.getAttribute("aria-valuetext");
    expect(newest).toMatch(/10:59: .*MB/);
    await page.keyboard.press("Home");
    expect(await place.getAttribute("aria-valuetext")).toMatch(/08:00: /);
    for (let press = 0; press < 10; press++) await page.keyboard.press("ArrowRight");
    for (let press = 0; press < 5; press++) await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("Enter");
    await expect
      .poll(() => page.locator("#said").innerText())
      .toBe("brushed 2026-11-21T08:10:00.000Z 2026-11-21T08:15:00.000Z");
    await page.keyboard.press("Escape");
    expect(await place.getAttribute("aria-valuetext")).toBe("Arrow keys tell the values");
  });

  test("have every control reached by Tab", async () => {
    await using opened = await browser!.open(sheet.origin);
    await slider(opened.page, "Memory").waitFor();
    expect(await unreachedByTab(opened.page)).toEqual([]);
  });

  test("show a line alone, and all again", async () => {
    await using opened = await browser!.open(sheet.origin);
    const { page } = opened;
    const region = chart(page, "Duration");
    const pressed = (): Promise<number> =>
      region.locator("tbody button[aria-pressed=true]").count();
    expect(await pressed()).toBe(4);
    await region.getByRole("button", { name: "Show cart" }).click();
    expect(await pressed()).toBe(1);
    await slider(page, "Duration").hover({ position: { x: 40, y: 50 } });
    expect(await slider(page, "Duration").getAttribute("aria-valuetext")).not.toContain(
      "storefront",
    );
    await region.getByRole("button", { name: "Show cart" }).click();
    expect(await pressed()).toBe(4);
    await region.getByRole("button", { name: "Show cart" }).click({ modifiers: ["Shift"] });
    expect(await pressed()).toBe(3);
  });

  test("are a table on demand, whose exemplars open their trace", async () => {
    await using opened = await browser!.open(sheet.origin);
    const { page, problems } = opened;
    await page.getByRole("button", { name: "Duration: show as a table" }).click();
    const table = page.getByRole("table", { name: "Duration" });
    expect(await table.locator("tbody tr").nth(0).innerText()).toContain("10:59");
    expect(await table.getAttribute("aria-rowcount")).toBe("181");
    // Rows out of sight are not drawn.
    expect(await table.locator("tbody tr").count()).toBeLessThan(60);
    await page
      .getByRole("region", { name: "Duration" })
      .locator("[tabindex='0']")
      .first()
      .press("End");
    await expect.poll(() => table.innerText()).toContain("08:00");
    await page
      .getByRole("button", { name: /Open the trace of/ })
      .first()
      .click();
    expect(await page.locator("#said").innerText()).toBe("opened trace-30");
    await screenshot(page, "charts-table");
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  test("open the trace of an exemplar that is pressed, by no other button", async () => {
    await using opened = await browser!.open(sheet.origin);
    const { page } = opened;
    const box = (await slider(page, "Duration").boundingBox())!;
    // The diamond of the 95th of 180 minutes; its height is found by going down.
    const x = box.x + (box.width * 95) / 179;
    let y = box.y + 2;
    for (; y < box.y + box.height; y += 5) {
      await page.mouse.move(x, y);
      if ((await page.getByText("Press for the trace").count()) > 0) break;
    }
    await page.mouse.click(x, y, { button: "right" });
    expect(await page.locator("#said").innerText()).not.toContain("opened");
    await page.mouse.click(x, y);
    await expect.poll(() => page.locator("#said").innerText()).toBe("opened trace-95");
  });

  test("are saved as a table and as a picture", async () => {
    await using opened = await browser!.open(sheet.origin);
    const { page } = opened;
    const saved = async (what: string): Promise<Buffer> => {
      const download = page.waitForEvent("download");
      await page.getByRole("button", { name: `Duration: save as ${what}` }).click();
      return readFileSync(await (await download).path());
    };
    const csv = (await saved("CSV")).toString().replace("\ufeff", "");
    expect(csv.split(/\r?\n/)[0]).toBe("time,storefront (ms),cart (ms),payment (ms),catalog (ms)");
    expect(csv.split(/\r?\n/)[1]).toMatch(/^2026-11-21T08:00:00\.000Z,[\d.]+,/);
    const png = await saved("PNG");
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect(png.length).toBeGreaterThan(5_000);
  });

  test("show hostile names as text, everywhere", async () => {
    const run = "window.tellTest('a hostile string ran')";
    const names = [
      `<img src=x onerror="${run}">`,
      "user\u202etxt.exe\u2066",
      "W".repeat(10_000),
      "a\u0000b\u001b[31m",
      "__proto__",
      "",
    ];
    const address = `${sheet.origin}/?lines=6&names=${encodeURIComponent(JSON.stringify(names.map((name) => name.slice(0, 2_000))))}`;
    for (const width of [390, 1_280]) {
      await using opened = await browser!.open(address, { width });
      const { page, problems } = opened;
      await slider(page, "Duration").hover({ position: { x: 60, y: 60 } });
      await page.getByText("userU+202Etxt.exeU+2066").first().waitFor();
      await page.getByRole("button", { name: "Memory: show as a table" }).click();
      await screenshot(page, `charts-hostile-${width}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
      expect(await axeViolations(page)).toEqual([]);
      expect(problems).toEqual([]);
    }
  });

  test("follow the pointer over a hundred thousand points", async () => {
    await using opened = await browser!.open(`${sheet.origin}/?points=12500&lines=8`);
    const { page, problems } = opened;
    const place = slider(page, "Duration");
    await place.waitFor();
    const box = (await place.boundingBox())!;
    const frames = page.evaluate(async () => {
      const gaps: number[] = [];
      let last = performance.now();
      while (gaps.length < 60) {
        const now = await new Promise<number>(requestAnimationFrame);
        gaps.push(now - last);
        last = now;
      }
      return gaps.toSorted((a, b) => a - b)[30]!;
    });
    for (let step = 0; step < 60; step++) {
      await page.mouse.move(box.x + 5 + step * 5, box.y + 50);
    }
    // The cross-hair lies over the canvas, which is not drawn anew for it: frames stay short on any machine.
    expect(await frames).toBeLessThan(100);
    expect(problems).toEqual([]);
  });
});

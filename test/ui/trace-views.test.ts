import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { axeViolations, screenshot, startBrowser } from "./browser.ts";
import { checkoutTrace } from "./canned/checkout-trace.ts";
import { answersOfTrace } from "./canned/one-trace.ts";
import { filled } from "./canned/shops.ts";
import { startPageServer, type PageServer } from "./page-server.ts";

const browser = await startBrowser();
let server: PageServer;
let address: string;

beforeAll(async () => {
  server = await startPageServer(filled());
  address = `${server.origin}/traces/${checkoutTrace.traceId}`;
});
beforeEach(() => {
  server.answers = filled();
});
afterAll(async () => {
  await browser?.close();
  await server.close();
});

const spanId = (name: string): string =>
  checkoutTrace.spans.find((span) => span.name === name)!.spanId;
const search = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams);
const detail = (page: Page) => page.getByRole("region", { name: "Selected span" });

describe.skipIf(browser === undefined)("the views of a trace", () => {
  test("share one selection, which stays in the address", async () => {
    await using opened = await browser!.open(address);
    const { page, problems } = opened;
    await page.getByRole("treeitem", { name: /^payment POST \/charge/ }).click();
    for (const [title, view] of [
      ["Flame", "flame"],
      ["Spans", "table"],
      ["Graph", "graph"],
      ["Logs", "logs"],
    ] as const) {
      await page.getByRole("tab", { name: title }).click();
      await expect.poll(() => search(page)).toEqual({ span: spanId("POST /charge"), view });
      expect(await detail(page).getByRole("heading", { level: 2 }).innerText()).toBe(
        "POST /charge",
      );
    }
    await page.reload();
    expect(await page.getByRole("tab", { name: "Logs" }).getAttribute("aria-selected")).toBe(
      "true",
    );
    await page.getByRole("tab", { name: "Waterfall" }).click();
    await expect.poll(() => search(page)).toEqual({ span: spanId("POST /charge") });
    expect(problems).toEqual([]);
  });

  test("find spans by name, and by what only the server knows", async () => {
    await using opened = await browser!.open(address);
    const { page } = opened;
    const tree = page.getByRole("tree");
    await tree.waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("redis");
    const status = page.getByRole("status").filter({ hasText: /of|none|^\d/ });
    await status.getByText("2", { exact: true }).waitFor();
    await page.keyboard.press("Enter");
    await status.getByText("1 of 2").waitFor();
    expect(await detail(page).getByRole("heading", { level: 2 }).innerText()).toBe("GET");
    await page.keyboard.press("Enter");
    await status.getByText("2 of 2").waitFor();
    await page.getByLabel("Find in this trace").fill("FROM cart_items");
    await status.getByText("1", { exact: true }).waitFor();
    await page.keyboard.press("Enter");
    await expect
      .poll(() => detail(page).getByRole("heading", { level: 2 }).innerText())
      .toBe("SELECT cart_items");
    expect(search(page)).toMatchObject({ find: "FROM cart_items" });
    await page.keyboard.press("Escape");
    await expect.poll(() => search(page)["find"]).toBeUndefined();
  });

  test("point out the critical path, with the share of each service", async () => {
    await using opened = await browser!.open(address);
    const { page } = opened;
    await page.getByRole("button", { name: "Critical path" }).click();
    const shares = page.getByRole("list", { name: "Services on the critical path" });
    await shares.waitFor();
    const told = await shares.getByRole("listitem").allInnerTexts();
    const sum = told.reduce((total, text) => total + Number(/([\d.]+)%/.exec(text)?.[1]), 0);
    expect(sum).toBeGreaterThan(99);
    expect(sum).toBeLessThan(101);
    await page
      .getByRole("treeitem", { name: /acme-pay .* on the critical path/ })
      .first()
      .waitFor();
    await screenshot(page, "trace-path-light");
    expect(await axeViolations(page)).toEqual([]);
    expect(search(page)).toEqual({ path: "on" });
  });

  test("show log records under their spans", async () => {
    await using opened = await browser!.open(`${address}?logs=on`);
    const { page } = opened;
    const record = page.getByRole("treeitem", { name: /cart loaded/ });
    await record.waitFor();
    await record.click();
    expect(await detail(page).getByRole("heading", { level: 2 }).innerText()).toBe(
      "GET /cart/{id}",
    );
    await detail(page).getByText("cart loaded").waitFor();
    const tree = page.getByRole("tree");
    const current = async (): Promise<string | null> =>
      page.locator(`#${await tree.getAttribute("aria-activedescendant")}`).textContent();
    expect(await current()).toContain("cart loaded");
    await tree.focus();
    await page.keyboard.press("ArrowUp");
    await expect.poll(current).toMatch(/GET \/cart/);
    await page.keyboard.press("ArrowDown");
    await expect.poll(current).toContain("cart loaded");
    await screenshot(page, "trace-logs-in-place-light");
    expect(await axeViolations(page)).toEqual([]);
  });

  test("choose the time by a drag across the minimap, and by its two sliders", async () => {
    await using opened = await browser!.open(address);
    const { page } = opened;
    const end = page.getByRole("slider", { name: "End of the shown time" });
    await end.waitFor();
    const right = (await end.boundingBox())!;
    const left = (await page
      .getByRole("slider", { name: "Start of the shown time" })
      .boundingBox())!;
    const [y, width] = [right.y + right.height / 2, right.x - left.x];
    await page.mouse.move(left.x + width * 0.25, y);
    await page.mouse.down();
    await page.mouse.move(left.x + width * 0.6, y, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/zoom=/);
    const [from, to] = search(page)["zoom"]!.split("-").map(Number) as [number, number];
    expect(from / 412.6).toBeCloseTo(0.25, 1);
    expect(to / 412.6).toBeCloseTo(0.6, 1);
    await end.focus();
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => Number(search(page)["zoom"]!.split("-")[1])).toBeCloseTo(to + 4.126, 0);
    await page.keyboard.press("0");
    await expect.poll(() => search(page)).toEqual({});
  });

  test("draw a flame graph that the keyboard goes through and the pointer selects in", async () => {
    await using opened = await browser!.open(`${address}?view=flame`);
    const { page, problems } = opened;
    const flame = page.getByRole("group", { name: /^Flame graph/ });
    await flame.focus();
    await page.keyboard.press("ArrowDown");
    const heading = () => detail(page).getByRole("heading", { level: 2 }).innerText();
    await expect.poll(heading).toBe("POST /checkout");
    await page.keyboard.press("ArrowDown");
    await expect.poll(heading).toBe("validate session");
    await page.keyboard.press("ArrowUp");
    await expect.poll(heading).toBe("POST /checkout");
    const box = (await flame.locator("canvas").boundingBox())!;
    // The little trace above it has the same time at the same place.
    const little = (await page.locator("canvas").first().boundingBox())!;
    expect(little.x).toBe(box.x);
    expect(little.width).toBeCloseTo(box.width, 0);
    const drawings = await page.evaluateHandle(() => {
      const count = { times: 0 };
      // Each drawing begins with it.
      CanvasRenderingContext2D.prototype.clearRect = () => {
        count.times++;
      };
      return count;
    });
    await page.mouse.move(box.x + box.width * 0.5, box.y + 30);
    await page.getByText(/of the trace · .* its own/).waitFor();
    // What is under the pointer is framed, and nothing is drawn anew for it.
    expect(await drawings.evaluate(({ times }) => times)).toBe(0);
    await page.mouse.click(box.x + box.width * 0.5, box.y + 33);
    await expect.poll(heading).toBe("POST /charge");
    await page.keyboard.press("+");
    await page.waitForURL(/zoom=/);
    const drawn = await flame.locator("canvas").evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, 40);
      return data.some((value) => value > 0);
    });
    expect(drawn).toBe(true);
    expect(problems).toEqual([]);
  });

  test("list every span in any order, and what services add up to", async () => {
    await using opened = await browser!.open(`${address}?view=table`);
    const { page } = opened;
    const names = () =>
      page.getByRole("grid").locator("[data-line] bdi:first-of-type").allInnerTexts();
    await page.getByRole("grid").getByRole("button", { name: "Self" }).click();
    await expect.poll(async () => (await names())[0]).toBe("acme-pay");
    await page.getByRole("button", { name: "Service", exact: true }).click();
    await expect
      .poll(async () => (await names()).length)
      .toBe(new Set(checkoutTrace.spans.map(({ service }) => service)).size);
    expect(search(page)).toEqual({ view: "table", group: "service" });
    await page.getByRole("grid").focus();
    await page.keyboard.press("ArrowDown");
    await detail(page).waitFor();
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save as CSV" }).click();
    const file = await (await saved).path();
    expect(readFileSync(file, "utf8")).toMatch(/^service,operation,spans,/);
  });

  test("lead to the traces that are linked with this one", async () => {
    await using opened = await browser!.open(`${address}?view=graph`);
    const { page } = opened;
    const links = page.getByRole("table", { name: "Linked traces" });
    await links.waitFor();
    expect(await links.getByRole("row").count()).toBe(6);
    expect(await links.innerText()).toContain("is not stored");
    await links
      .getByRole("link", { name: /ledger/ })
      .first()
      .click();
    await page.waitForURL(new RegExp(`/traces/${"a".repeat(32)}`));
    expect(search(page)).toMatchObject({ span: "a".repeat(16) });
  });

  test("compare with a trace of the same operation, or one by its id", async () => {
    const twin = {
      ...checkoutTrace,
      spans: checkoutTrace.spans
        .filter(({ service }) => service !== "acme-pay")
        .map((span) => ({ ...span, durationMs: span.durationMs / 2 })),
    };
    server.answers = {
      ...filled(),
      getTraceOutline: (url) =>
        answersOfTrace(url.pathname.includes(checkoutTrace.traceId) ? checkoutTrace : twin)
          .getTraceOutline,
    };
    await using opened = await browser!.open(`${address}?view=compare`);
    const { page, problems } = opened;
    await page.getByRole("heading", { name: "Of the same operation" }).waitFor();
    await page.getByLabel("Its id").fill("no id");
    await page.getByText("A trace id has 32 hexadecimal digits.").waitFor();
    await page.getByLabel("Its id").fill("b".repeat(32));
    await page.keyboard.press("Enter");
    const rows = page.getByRole("table", { name: "Differences" });
    await rows.getByText("only in this").first().waitFor();
    expect(await rows.getByRole("row", { name: /acme-pay.*only in this/ }).count()).toBe(1);
    expect(
      await rows.getByRole("row", { name: /storefront POST \/checkout/ }).innerText(),
    ).toContain("▲ +206 ms");
    expect(search(page)).toEqual({ view: "compare", with: "b".repeat(32) });
    await screenshot(page, "trace-compare-light");
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Choose another" }).click();
    const similar = page.getByRole("button", { name: /spans .* failed/ });
    await similar.first().click();
    await rows.waitFor();
    expect(problems).toEqual([]);
  });

  test("show what a program and its model said to each other as text", async () => {
    await using opened = await browser!.open(`${address}?span=${spanId("chat claude")}`);
    const messages = opened.page.getByRole("region", { name: "Messages of the model" });
    await messages.getByText("0.71: several cards within an hour").waitFor();
    expect(await messages.getByRole("listitem").count()).toBe(3);
    await screenshot(opened.page, "trace-model-light");
    expect(await axeViolations(opened.page)).toEqual([]);
  });

  test("save the whole trace as JSON", async () => {
    await using opened = await browser!.open(address);
    const { page } = opened;
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save as JSON" }).click();
    const file = await (await saved).path();
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(checkoutTrace);
  });
});

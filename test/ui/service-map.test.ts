import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  axeViolations,
  nextPoll,
  resize,
  screenshot,
  startBrowser,
  THEMES,
  withClock,
} from "./browser.ts";
import { empty, filled, storeDown } from "./canned/shops.ts";
import { largeMap } from "./canned/services.ts";
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

describe.skipIf(browser === undefined)("the service map", () => {
  test.each(THEMES)(
    "is laid out by a worker and shows figures and health, in the %s theme",
    async (theme) => {
      await using opened = await browser!.open(`${server.origin}/map?live=off`, { theme });
      const { page, problems } = opened;
      const payment = page.getByRole("button", {
        name: /Many requests fail payment 5\.1\/s 13\.2% err p95/,
      });
      await payment.waitFor();
      await page.getByRole("button", { name: /postgresql external/ }).waitFor();
      for (const width of [1_280, 1_920]) {
        await resize(page, width, 900);
        await screenshot(page, `map-${width}-${theme}`);
        expect(await axeViolations(page), `${width} wide`).toEqual([]);
      }
      await payment.click();
      const panel = page.getByRole("complementary", { name: "Selected service: payment" });
      await panel.getByRole("link", { name: "Service page" }).waitFor();
      await screenshot(page, `map-selected-${theme}`);
      expect(await axeViolations(page)).toEqual([]);
      expect(new URL(page.url()).searchParams.get("selected")).toBe("payment");
      await page.keyboard.press("Escape");
      await panel.waitFor({ state: "detached" });
      expect(problems).toEqual([]);
    },
  );

  test("is a list by one key, and by itself on a phone", async () => {
    await using opened = await browser!.open(`${server.origin}/map?live=off`);
    const { page, problems } = opened;
    const list = page.getByRole("table", { name: "Calls" });
    await page.getByRole("group", { name: "Map of services" }).waitFor();
    expect(await list.count()).toBe(0);
    await page.keyboard.press("l");
    await list.waitFor();
    expect(await list.getByRole("row").count()).toBe(18);
    expect(
      await page.getByRole("region", { name: "Services without calls" }).innerText(),
    ).toContain("scheduler");
    expect(await axeViolations(page)).toEqual([]);
    await page.keyboard.press("l");
    await list.waitFor({ state: "detached" });
    await page.goto(`${server.origin}/map?live=off`);
    await resize(page, 390, 844);
    await list.waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    await screenshot(page, "map-390");
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  test("goes from service to service with the arrows, and zooms and moves by keys", async () => {
    await using opened = await browser!.open(`${server.origin}/map?live=off`);
    const { page } = opened;
    const card = (name: string) => page.locator(`[data-service="${name}"]`);
    await card("storefront").focus();
    await page.keyboard.press("ArrowRight");
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("data-service"));
    expect(await focused()).not.toBe("storefront");
    await page.keyboard.press("ArrowLeft");
    expect(await focused()).toBe("storefront");
    const box = async () => (await card("storefront").boundingBox())!;
    const before = await box();
    await page.keyboard.press("+");
    expect((await box()).width).toBeGreaterThan(before.width * 1.2);
    await page.keyboard.press("Shift+ArrowLeft");
    const pushed = await box();
    await page.keyboard.press("Shift+ArrowRight");
    expect((await box()).x).toBeLessThan(pushed.x);
    await page.keyboard.press("0");
    expect((await box()).width).toBeCloseTo(before.width, 0);
    await page.keyboard.press("Enter");
    await page.getByRole("complementary", { name: "Selected service: storefront" }).waitFor();
  });

  test("is pushed and zoomed by the mouse, and a push is no click", async () => {
    await using opened = await browser!.open(`${server.origin}/map?live=off`);
    const { page } = opened;
    const card = page.locator('[data-service="cart"]');
    await card.waitFor();
    const before = (await card.boundingBox())!;
    await page.mouse.move(before.x + 40, before.y + 20);
    await page.mouse.down();
    await page.mouse.move(before.x + 100, before.y + 70, { steps: 5 });
    await page.mouse.up();
    const after = (await card.boundingBox())!;
    expect(after.x - before.x).toBeGreaterThan(45);
    expect(await page.getByRole("complementary").count()).toBe(0);
    // Let go outside of the window before it has moved: coming back pushes nothing.
    await page.mouse.move(after.x + 40, after.y + 20);
    await page.mouse.down();
    await page.mouse.move(after.x + 40, 2);
    await page.mouse.up();
    await page.mouse.move(after.x + 90, after.y + 60, { steps: 5 });
    expect((await card.boundingBox())!.x).toBeCloseTo(after.x, 0);
    await page.mouse.wheel(0, -300);
    await expect
      .poll(async () => (await card.boundingBox())!.width)
      .toBeGreaterThan(after.width * 1.3);
  });

  test("keeps every service in its place while figures change, and when one goes", async () => {
    await using opened = await browser!.open(`${server.origin}/map`, { before: withClock });
    const { page } = opened;
    const card = (name: string) => page.locator(`[data-service="${name}"]`);
    await expect.poll(() => card("cart").count()).toBe(1);
    const before = await card("cart").boundingBox();
    const whole = filled().getServiceMap(new URL("http://page/"));
    server.answers = {
      ...filled(),
      getServiceMap: {
        ...whole,
        nodes: whole.nodes
          .filter(({ service }) => service !== "fraud")
          .map((node) => ({ ...node, requestsPerSecond: node.requestsPerSecond * 2 })),
        data: whole.data.filter(({ source, target }) => source !== "fraud" && target !== "fraud"),
      },
    };
    await nextPoll(page);
    await card("fraud").waitFor({ state: "detached" });
    expect(await card("cart").boundingBox()).toEqual(before);
  });

  test("has one service in its middle on demand", async () => {
    await using opened = await browser!.open(`${server.origin}/map?live=off`);
    const { page } = opened;
    await page.getByRole("combobox", { name: "Focus on a service" }).fill("payment");
    await page.keyboard.press("Enter");
    await page.waitForURL(/focus=payment/);
    await page.locator('[data-service="fraud"]').waitFor();
    await page.getByRole("combobox", { name: "Calls from the service in focus" }).selectOption("1");
    await expect
      .poll(() => server.asked.findLast((path) => path.includes("/service-map")))
      .toContain("focus=payment&depth=1&limit=300");
    await page.getByRole("button", { name: "Leave the focus on payment" }).click();
    await page.locator('[data-service="storefront"]').waitFor();
  });

  test("draws 300 services, tells how many are left out, and draws none anew to zoom or push", async () => {
    server.answers = { ...filled(), getServiceMap: largeMap(300) };
    await using opened = await browser!.open(`${server.origin}/map?live=off`);
    const { page, problems } = opened;
    await page.locator('[data-service="service-000"]').waitFor();
    expect(await page.locator("[data-service]").count()).toBe(300);
    await page.getByText("900 services more").waitFor();
    await screenshot(page, "map-300");
    const changed = await page.evaluate(async () => {
      const map = document.querySelector("[aria-label='Map of services']")!;
      const layer = map.firstElementChild!;
      const places = new Set<string | null>();
      let redrawn = 0;
      new MutationObserver((records) => {
        redrawn += records.filter(({ target }) => target !== layer).length;
        places.add(layer.getAttribute("style"));
      }).observe(layer, { subtree: true, childList: true, attributes: true, characterData: true });
      for (let frame = 0; frame < 20; frame++) {
        const at = { clientX: 600, clientY: 500, deltaY: frame < 10 ? -60 : 60, cancelable: true };
        map.dispatchEvent(new WheelEvent("wheel", at));
        await new Promise<number>(requestAnimationFrame);
      }
      return { redrawn, moves: places.size };
    });
    expect(changed.redrawn).toBe(0);
    expect(changed.moves).toBeGreaterThan(8);
    expect(problems).toEqual([]);
  });

  test("shows the list and says why where no worker starts", async () => {
    await using opened = await browser!.open(`${server.origin}/map?live=off`, {
      before: async (page) => {
        await page.addInitScript(() => {
          Object.defineProperty(window, "Worker", {
            value: class {
              constructor() {
                throw new Error("no workers here");
              }
            },
          });
        });
      },
    });
    const { page, problems } = opened;
    await page.getByText("The map could not be drawn in this browser").waitFor();
    await page.getByRole("table", { name: "Calls" }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  test("lets Tab reach everything that can be pressed, each with a visible focus", async () => {
    await using opened = await browser!.open(`${server.origin}/map?live=off&selected=payment`);
    await opened.page.getByRole("complementary").waitFor();
    await opened.page.locator('[data-service="payment"]').waitFor();
    expect(await unreachedByTab(opened.page)).toEqual([]);
  });

  test("says when there is nothing, and what to do when the store is down", async () => {
    server.answers = empty();
    await using opened = await browser!.open(`${server.origin}/map`);
    const { page, problems } = opened;
    await page.getByText("No service sent a span in the last hour").waitFor();
    server.refusal = storeDown.refusal;
    await page.reload();
    await page.getByRole("alert").filter({ hasText: "cannot be reached" }).first().waitFor();
    expect(problems.filter((problem) => !isFailedLoad(problem))).toEqual([]);
  });
});

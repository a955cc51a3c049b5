import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { axeViolations, screenshot, startBrowser, THEMES } from "./browser.ts";
import { emptyPipelines, filledPipelines, pipelines } from "./canned/pipelines.ts";
import { empty, filled } from "./canned/shops.ts";
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
  server.isLive = false;
});
afterEach(() => {
  server.asked.length = 0;
});
afterAll(async () => {
  await browser?.close();
  await server.close();
});

const isFailedLoad = (problem: string): boolean => problem.startsWith("Failed to load resource");
const CHOSEN = "pipeline=default&kind=destination&component=webhook%2Fslack";
const HOSTILE = `<img src=x onerror="window.tellTest('ran')">\u202etxt.${"W".repeat(900)}`;

describe.skipIf(browser === undefined)("the pipelines", () => {
  describe.each(THEMES)("in the %s theme", (theme) => {
    test.each([390, 1_280, 1_920])("are drawn without a fault, %i wide", async (width) => {
      await using opened = await browser!.open(`${server.origin}/pipelines?${CHOSEN}`, {
        theme,
        width,
        height: 1_000,
      });
      const { page, problems } = opened;
      await page.getByRole("button", { name: /sample/ }).waitFor();
      expect(await page.getByRole("button", { name: /webhook\/slack/ }).innerText()).toContain(
        "Breaker open",
      );
      await page.getByText("HTTP 503 from hooks.example.com").waitFor();
      await screenshot(page, `pipelines-${width}-${theme}`);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(over).toBe(0);
      expect(await axeViolations(page)).toEqual([]);
      expect(problems).toEqual([]);
    });

    test("are configured with errors at their lines, and what would change", async () => {
      await using opened = await browser!.open(`${server.origin}/pipelines?tab=configuration`, {
        theme,
      });
      const { page, problems } = opened;
      const editor = page.getByRole("textbox", { name: "Configuration" });
      expect(await editor.inputValue()).toContain("webhook/slack:");
      expect(await page.getByRole("button", { name: "Apply…" }).isDisabled()).toBe(true);
      server.answers = {
        ...filled(),
        validatePipelines: {
          valid: false,
          changes: [],
          problems: [
            { where: "processors.redact.mode", line: 2, found: '"shout"', allowed: "mask, hash" },
          ],
        },
      };
      await editor.fill("processors:\n  redact: { mode: shout }\n");
      await page.getByRole("button", { name: "Line 2" }).click();
      expect(await editor.evaluate((field: HTMLTextAreaElement) => field.selectionStart)).toBe(12);
      expect(await page.getByRole("button", { name: "Apply…" }).isDisabled()).toBe(true);
      await screenshot(page, `pipelines-configuration-${theme}`);
      expect(await axeViolations(page)).toEqual([]);
      server.answers = filled();
      await editor.fill("processors:\n  redact: {}\ndestinations:\n  console: {}\n");
      await page.getByText("It would work").waitFor();
      await page.getByRole("button", { name: "Apply…" }).click();
      await page.getByRole("dialog").getByText("added destination console").waitFor();
      await screenshot(page, `pipelines-apply-${theme}`);
      expect(await axeViolations(page)).toEqual([]);
      await page.getByRole("button", { name: "Apply", exact: true }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect(problems).toEqual([]);
    });

    test("show dead letters, and send them again", async () => {
      await using opened = await browser!.open(`${server.origin}/pipelines?tab=dead-letters`, {
        theme,
      });
      const { page, problems } = opened;
      await page.getByText("HTTP 413: too large").waitFor();
      await page.getByLabel("Filter by reason").fill("422");
      expect(await page.getByText("HTTP 413: too large").count()).toBe(0);
      await page.getByRole("table").getByRole("button").first().click();
      await page.getByText('"amount": "many"').waitFor();
      await screenshot(page, `pipelines-dead-letters-${theme}`);
      expect(await axeViolations(page)).toEqual([]);
      await page.getByRole("button", { name: "Send again" }).click();
      await page.getByText("1 taken, 0 refused again, 1 left.").waitFor();
      // What was taken is there no more.
      await page.getByRole("heading", { name: "The row" }).waitFor({ state: "detached" });
      await page.getByLabel("Filter by reason").fill("no such reason");
      await page.getByText("None on this page has this text").waitFor();
      expect(new URL(page.url()).searchParams.get("text")).toBe("no such reason");
      await page.getByLabel("Filter by reason").fill("");
      await page.getByLabel("Destination").selectOption("webhook/slack");
      await page.getByRole("button", { name: "Send all again…" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Send again" }).click();
      await page.getByText("1 taken, 1 refused again").waitFor();
      expect(problems).toEqual([]);
    });
  });

  test("keep what is written while the server is away, and while the file changes elsewhere", async () => {
    await using opened = await browser!.open(`${server.origin}/pipelines?tab=configuration`);
    const { page, problems } = opened;
    const editor = page.getByRole("textbox", { name: "Configuration" });
    const comeBack = async (): Promise<void> => {
      const asked = (): number =>
        server.asked.filter((path) => path === "/api/v1/pipelines/config").length;
      const before = asked();
      // An answer of a moment ago is not asked for again.
      const ask = async (): Promise<number> => {
        await page.evaluate(() => dispatchEvent(new Event("visibilitychange")));
        return asked();
      };
      await expect.poll(ask, { timeout: 5_000 }).toBeGreaterThan(before);
    };
    const mine = "processors:\n  redact: {}\n";
    await editor.fill(mine);
    server.refusal = {
      of: /pipelines\/config/,
      status: 400,
      code: "bad_request",
      title: "Refused",
      detail: "",
    };
    await comeBack();
    server.refusal = undefined;
    const changed = { ...filledPipelines().getPipelineConfig, text: "processors: {}\n" };
    server.answers = { ...filled(), getPipelineConfig: changed };
    await comeBack();
    await page.getByText("The configuration has changed since you began").waitFor();
    expect(await editor.inputValue()).toBe(mine);
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Keep mine" }).click();
    expect(await page.getByText("The configuration has changed").count()).toBe(0);
    expect(await editor.inputValue()).toBe(mine);
    await page.getByRole("button", { name: "Take back" }).click();
    expect(await editor.inputValue()).toBe("processors: {}\n");
    expect(problems.filter((problem) => !isFailedLoad(problem))).toEqual([]);
  });

  test("show rows before and after a component, with what was changed marked", async () => {
    const address = `${server.origin}/pipelines?pipeline=default&kind=processor&component=redact`;
    await using opened = await browser!.open(address);
    const { page, problems } = opened;
    await page.getByRole("tab", { name: "Rows" }).click();
    await page.getByText("2 of 3 fields were changed").waitFor();
    expect(await page.getByRole("img", { name: "removed" }).count()).toBe(1);
    // A newer row comes before it: what was opened stays open.
    const [sample] = filledPipelines().sampleComponent.data;
    const newer = { ...sample!, time: "2026-11-21T23:00:00.000Z", before: { message: "newer" } };
    const samples = filledPipelines().sampleComponent;
    server.answers = {
      ...filled(),
      sampleComponent: { ...samples, data: [newer, ...samples.data] },
    };
    await page.evaluate(() => dispatchEvent(new Event("visibilitychange")));
    await expect.poll(() => page.locator("[aria-expanded]").count()).toBe(samples.data.length + 1);
    expect(await page.locator("[aria-expanded]").nth(1).getAttribute("aria-expanded")).toBe("true");
    await page.getByRole("tab", { name: "Settings" }).click();
    expect(new URL(page.url()).searchParams.get("about")).toBe("settings");
    await page.getByText("processors.redact").waitFor();
    await screenshot(page, "pipelines-component");
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  test("are a list too, and everything is reached by keys", async () => {
    await using opened = await browser!.open(`${server.origin}/pipelines?view=list&${CHOSEN}`);
    const { page, problems } = opened;
    await page.getByRole("row", { name: /failover\/archive/ }).waitFor();
    await screenshot(page, "pipelines-list");
    expect(await axeViolations(page)).toEqual([]);
    expect(await unreachedByTab(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  test("say that nothing is there yet, and what to do when they cannot be asked", async () => {
    server.answers = { ...empty(), ...emptyPipelines() };
    await using opened = await browser!.open(`${server.origin}/pipelines?tab=dead-letters`);
    const { page, problems } = opened;
    await page.getByText("There are no dead letters").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
    server.refusal = {
      of: /pipelines/,
      status: 503,
      code: "overloaded",
      title: "Sightglass cannot take this now",
      detail: "",
    };
    await page.goto(`${server.origin}/pipelines`);
    await page.getByText("Sightglass cannot take this now").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(problems.filter((problem) => !isFailedLoad(problem))).toEqual([]);
  });

  test("follow what is pushed, and ask nothing meanwhile", async () => {
    server.isLive = true;
    await using opened = await browser!.open(`${server.origin}/pipelines`);
    const { page, problems } = opened;
    await page.getByRole("button", { name: /otlp/ }).waitFor();
    await expect.poll(() => server.streams().length).toBe(1);
    expect(server.streams()[0]).toContain("status");
    const none = { accepted: 0, stored: 0, dropped: 0, inFlight: 0 };
    server.tell("status", {
      time: new Date(Date.now() + 60_000).toISOString(),
      ledger: { traces: none, logs: none, metrics: none },
      pipelines: [
        {
          name: "default",
          components: [
            {
              kind: "receiver",
              name: "otlp",
              status: "healthy",
              in: 987.4,
              out: 987.4,
              dropped: 0,
              queue: null,
              breaker: null,
              deadLetters: null,
            },
          ],
        },
      ],
    });
    await page.getByRole("button", { name: /otlp/ }).getByText("987/s in").waitFor();
    expect(await page.getByTitle(/Sightglass tells this page/).count()).toBe(1);
    const asked = server.asked.filter((path) => path === "/api/v1/pipelines").length;
    server.tell("changed", { topics: ["pipelines"] });
    await expect
      .poll(() => server.asked.filter((path) => path === "/api/v1/pipelines").length)
      .toBe(asked + 1);
    server.breakStreams();
    await page.getByTitle(/asks every few seconds/).waitFor();
    await expect.poll(() => server.streams().length, { timeout: 5_000 }).toBe(1);
    expect(problems.filter((problem) => !isFailedLoad(problem) && !/ERR_/.test(problem))).toEqual(
      [],
    );
  });

  test("draw hostile names as text only", async () => {
    const [one] = pipelines.data;
    server.answers = {
      ...filledPipelines(),
      ...filled(),
      listPipelines: {
        data: [
          {
            ...one!,
            name: HOSTILE,
            receivers: [{ ...one!.receivers[0]!, name: HOSTILE, addresses: [HOSTILE] }],
            processors: [{ ...one!.processors[0]!, name: HOSTILE, statistics: { [HOSTILE]: 1 } }],
            destinations: [
              {
                ...one!.destinations[1]!,
                name: HOSTILE,
                lastError: { time: "2026-11-21T09:00:00Z", message: HOSTILE },
              },
            ],
          },
        ],
      },
      listDeadLetters: {
        data: [
          { ...filledPipelines().listDeadLetters.data[0]!, destination: HOSTILE, reason: HOSTILE },
        ],
        nextCursor: null,
      },
    };
    const search = new URLSearchParams({
      pipeline: HOSTILE,
      kind: "destination",
      component: HOSTILE,
    });
    for (const tab of ["topology", "dead-letters", "configuration"]) {
      await using opened = await browser!.open(`${server.origin}/pipelines?tab=${tab}&${search}`);
      const { page, problems } = opened;
      await page.getByRole("tabpanel").first().waitFor();
      await page.getByRole("heading", { level: 2 }).first().waitFor();
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect([tab, over]).toEqual([tab, 0]);
      expect(await axeViolations(page)).toEqual([]);
      expect(problems).toEqual([]);
    }
  });
});

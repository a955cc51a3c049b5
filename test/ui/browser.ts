import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import type { BrowserContext, Page } from "playwright-core";
import { launchBrowser } from "../browser.ts";

/** Screenshots of every test, to be looked at. */
const SCREENSHOTS = fileURLToPath(new URL("../../test-results/ui/", import.meta.url));

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Longer than the pages wait before they ask anything again. */
const POLL_MS_MAX = 6_000;

/** Of a phone, a laptop and a large screen. */
export const WIDTHS = [390, 1_280, 1_920] as const;
export const THEMES = ["light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export interface Browser {
  open(address: string, options?: OpenOptions): Promise<OpenPage>;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  readonly isReducedMotion?: boolean;
  /** Runs in the page before anything of ours. */
  readonly before?: (page: Page) => Promise<void>;
}

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** Console errors and warnings, uncaught errors, dialogs and breaches of the content policy. */
  readonly problems: readonly string[];
}

/** Starts a Chromium with an empty profile; undefined, with the reason told, when there is none. */
export async function startBrowser(): Promise<Browser | undefined> {
  const profile = mkdtempSync(join(tmpdir(), "sightglass-browser-"));
  const remove = (): void => rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
  try {
    // A context of its own for each page, in a browser whose profile is empty.
    const browser = await launchBrowser([...FLAGS, `--disk-cache-dir=${profile}`]);
    if (browser === undefined) {
      remove();
      return undefined;
    }
    return {
      open: async (address, options = {}) => {
        const { theme = "light", width = 1_280, height = 800, isReducedMotion = false } = options;
        const context = await browser.newContext({
          colorScheme: theme,
          viewport: { width, height },
          reducedMotion: isReducedMotion ? "reduce" : "no-preference",
          timezoneId: "UTC",
          locale: "en-US",
        });
        return openIn(context, address, options.before);
      },
      close: async () => {
        await browser.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    process.stderr.write(
      `The tests of the pages are skipped: no Chromium could be started (${String(error).split("\n")[0]}). Install one, for example with: apt-get install chromium\n`,
    );
    return undefined;
  }
}

async function openIn(
  context: BrowserContext,
  address: string,
  before: OpenOptions["before"],
): Promise<OpenPage> {
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.message}`));
  page.on("dialog", (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.exposeFunction("tellTest", (problem: string) => problems.push(problem));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      const { tellTest } = window as unknown as { tellTest: (problem: string) => void };
      tellTest(`content policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  await before?.(page);
  await page.goto(address);
  return { page, problems, [Symbol.asyncDispose]: () => context.close() };
}

/** What axe finds against WCAG 2.2 A and AA and its best practices, each with the places; none is good. */
export async function axeViolations(page: Page): Promise<string[]> {
  // Evaluated from outside the page, where its content policy does not reach.
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const { axe: runner } = window as unknown as { axe: typeof axe };
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const results = await runner.run(document, { runOnly: tags, resultTypes: ["violations"] });
    return results.violations;
  });
  return violations.map(({ id, nodes }) =>
    [id, ...nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary ?? ""}`)].join(
      "\n  ",
    ),
  );
}

/** Gives the page's window another size, and resolves once the page is drawn in it. */
export async function resize(page: Page, width: number, height: number): Promise<void> {
  await page.setViewportSize({ width, height });
  await page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise<number>(requestAnimationFrame);
  });
}

/** Has the page's clock stand in for the time, so that a test need not wait for the next poll. */
export const withClock = (page: Page): Promise<void> => page.clock.install();

/** Lets so much time pass on a page {@link withClock} that it asks for everything again. */
export const nextPoll = (page: Page): Promise<void> => page.clock.runFor(POLL_MS_MAX);

/** Keeps a picture of the page under `test-results/ui/`. */
export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}

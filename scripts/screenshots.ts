// `npm run screenshots [name…] [-- --url address]`: the pictures of the README, in docs/images/, made from the
// product as it is: a server and a demo with an incident are started, and their pages opened in a Chromium.
// With --url the pages are those of a server that runs already.
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CommandFolder } from "#app/testing/command-process.ts";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../test/browser.ts";

const IMAGES = fileURLToPath(new URL("../docs/images/", import.meta.url));
const WIDTH = 1_280;
const HEIGHT = 800;
/** A README is read over slow lines too. */
const BYTES_MAX = 300_000;
/** How much of the past the demo makes, and how long its incident then runs before the pictures. */
const BACKFILL = "2h";
const INCIDENT_MS = 240_000;
const SETTLED_MS = 4_000;

interface Picture {
  readonly name: string;
  readonly theme: "light" | "dark";
  /** Where it is, or how to get there from the API. */
  readonly path: string | ((api: string) => Promise<string>);
  /** Done before the picture: a page is opened, chosen from, waited for. */
  readonly prepare: (page: Page) => Promise<void>;
}

const PICTURES: readonly Picture[] = [
  {
    name: "overview",
    theme: "light",
    path: "/",
    prepare: (page) =>
      page
        .getByText(/rose from|rose in/)
        .first()
        .waitFor(),
  },
  {
    name: "service-map",
    theme: "dark",
    path: "/map",
    prepare: (page) => page.getByText("payment").first().waitFor(),
  },
  {
    name: "traces",
    theme: "light",
    path: "/traces",
    prepare: (page) => page.getByRole("table").first().waitFor(),
  },
  {
    name: "trace",
    theme: "dark",
    path: largestFailure,
    prepare: async (page) => {
      await page.getByRole("tree").waitFor();
      await page.getByRole("tree").focus();
      await page.keyboard.press("e");
    },
  },
  {
    name: "logs",
    theme: "dark",
    path: "/logs",
    prepare: (page) => page.getByRole("heading", { name: "Logs" }).first().waitFor(),
  },
  {
    name: "metrics",
    theme: "light",
    path: "/metrics",
    prepare: (page) => page.getByRole("heading", { name: "Metrics" }).first().waitFor(),
  },
];

/** The address of the largest trace of the incident. */
async function largestFailure(api: string): Promise<string> {
  const response = await fetch(`${api}/api/v1/traces?status=error&limit=200`);
  const { data } = (await response.json()) as { data: { traceId: string; spanCount: number }[] };
  const [largest] = data.toSorted((a, b) => b.spanCount - a.spanCount);
  if (largest === undefined) throw new Error("the demo has made no trace that failed");
  return `/traces/${largest.traceId}`;
}

async function take(browser: Browser, api: string, picture: Picture): Promise<void> {
  const { name, theme, path, prepare } = picture;
  const context = await browser.newContext({
    colorScheme: theme,
    viewport: { width: WIDTH, height: HEIGHT },
    timezoneId: "UTC",
    locale: "en-US",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const address = typeof path === "string" ? path : await path(api);
  await page.goto(api + address);
  await prepare(page);
  // What is drawn from several answers is whole by then; a page that follows the data is never idle.
  await page.waitForTimeout(SETTLED_MS);
  const file = join(IMAGES, `${name}.png`);
  await page.screenshot({ path: file });
  await context.close();
  const { size } = statSync(file);
  console.log(`${name}.png  ${Math.round(size / 1_000)} kB`);
  if (size > BYTES_MAX) throw new Error(`${name}.png is larger than ${BYTES_MAX} bytes`);
}

/** Starts server and demo, and resolves with the server's address once the incident has lasted a while. */
async function startShop(folder: CommandFolder): Promise<string> {
  const addresses = await folder.serve().ready();
  const otlp = addresses.get("OTLP/HTTP") ?? "";
  console.log(
    `The demo fills ${BACKFILL}, then has its incident for ${INCIDENT_MS / 60_000} minutes`,
  );
  const demo = ["demo", "--endpoint", otlp, "--seed", "7"];
  const past = await folder.run([...demo, "--backfill", BACKFILL, "--duration", "1s"]);
  if (past.code !== 0) throw new Error(`the demo ended with ${past.code}:\n${past.stderr}`);
  folder.start([...demo, "--incident", "payment"]);
  await new Promise((resolve) => setTimeout(resolve, INCIDENT_MS));
  return addresses.get("UI and API") ?? "";
}

const words = process.argv.slice(2);
const flag = words.indexOf("--url");
const running = flag === -1 ? undefined : words[flag + 1];
const wanted = flag === -1 ? words : words.toSpliced(flag, 2);
const pictures = PICTURES.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
mkdirSync(IMAGES, { recursive: true });
const profile = mkdtempSync(join(tmpdir(), "sightglass-pictures-"));
const browser = await launchBrowser(["--no-sandbox", `--disk-cache-dir=${profile}`]);
if (browser === undefined) throw new Error("No Chromium starts on this machine");
const folder = new CommandFolder();
try {
  const api = running ?? (await startShop(folder));
  for (const picture of pictures) await take(browser, api, picture);
} finally {
  await browser.close();
  await folder.remove();
  rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
}

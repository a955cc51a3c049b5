// `npm run bench ui [-- --runs 5]`: how soon the pages are seen, how soon they answer, and how smoothly their long
// lists scroll, in a real Chromium on a real server with the demo's data.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../test/browser.ts";
import { untilQuiet } from "./measure/process-stats.ts";
import { circumstances, printTable, record, shown } from "./measure/results.ts";
import { BenchServer, ROOT } from "./measure/server.ts";
import { quantile, type Spread, spreadOf } from "./measure/statistics.ts";
import { sendLargeTrace } from "./ui/large-trace.ts";
import { sendManyLogs } from "./ui/many-logs.ts";
import { interactionsOf, paintsOf, scrolled, type Scrolled, watch } from "./ui/page-timing.ts";

const { values: flags } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    hours: { type: "string", default: "1" },
    rate: { type: "string", default: "2" },
    spans: { type: "string", default: "100000" },
    logs: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    "no-record": { type: "boolean", default: false },
  },
});
const runs = Number(flags.runs);
const REST_MS_MAX = 120_000;
const SCROLL_MS = 5_000;
const SCROLL_PIXELS_A_FRAME = 120;
/** Of a long list of log records: a wheel's speed, and that of a dragged bar. */
const LOG_PIXELS_A_FRAME = [120, 20_000] as const;
const HOUR_MS = 3_600_000;
const WINDOW = { width: 1_440, height: 900 };
const CHROMIUM = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"];

/** A page: its address, what it is opened for, and what a reader does there. */
interface BenchPage {
  readonly name: string;
  readonly path: string;
  readonly content: string;
  /** Presses and clicks; resolves with how many. */
  readonly use: (page: Page) => Promise<number>;
}

const TARGETS = {
  firstMs: 800,
  largestMs: 1_200,
  interactionMs: 200,
  largeTraceMs: 1_000,
  fps: 50,
};

const before = circumstances();
const server = await BenchServer.start();
const browser = await launchBrowser(CHROMIUM);
if (browser === undefined) throw new Error("No Chromium starts on this machine");
try {
  await loadDemo();
  const largeTraceId = await sendLargeTrace(
    server.doors.otlpHttp,
    Number(flags.spans),
    Number(flags.seed),
  );
  await untilStored(largeTraceId);
  // They end two hours ago, so that the pages of the last hour show the demo.
  const logs = { count: Number(flags.logs), endMs: Date.now() - 2 * HOUR_MS, overMs: HOUR_MS };
  console.log(`Sending ${logs.count} log records`);
  await sendManyLogs(server.doors.otlpHttp, logs);
  console.log("Waiting until merges are at rest");
  await untilQuiet(server.pid, 0.05, REST_MS_MAX);
  const pages = pagesOf(await someTraceId());
  const paints: Record<string, { firstMs: Spread; largestMs: Spread; contentMs: Spread }> = {};
  for (const page of pages) paints[page.name] = await measurePaints(browser, page);
  printTable(
    `Pages, ms from the start of the navigation (${runs} runs, nothing cached)`,
    [["", "first paint", "largest paint", "content", "target first", "target largest"]].concat(
      Object.entries(paints).map(([name, { firstMs, largestMs, contentMs }]) => [
        name,
        ...[firstMs.median, largestMs.median, contentMs.median].map(shown),
        ...[TARGETS.firstMs, TARGETS.largestMs].map(shown),
      ]),
    ),
  );
  const interactions: Record<string, { p95: number; max: number; count: number }> = {};
  for (const page of pages) interactions[page.name] = await measureInteractions(browser, page);
  printTable(
    "From a press or click to the next paint, ms",
    [["", "p95", "max", "interactions", "target p95"]].concat(
      Object.entries(interactions).map(([name, { p95, max, count }]) => [
        name,
        ...[p95, max, count, TARGETS.interactionMs].map(shown),
      ]),
    ),
  );
  const largeTrace = await measureLargeTrace(browser, largeTraceId);
  printTable(`A trace of ${flags.spans} spans (${runs} runs)`, [
    ["", "median", "min", "max", "target"],
    spreadRow("first rows painted, ms", largeTrace.contentMs, TARGETS.largeTraceMs),
    spreadRow("outline answered, ms", largeTrace.answerMs, Number.NaN),
    spreadRow("waterfall, frames/s", largeTrace.waterfall, TARGETS.fps),
    spreadRow("span table, frames/s", largeTrace.table, TARGETS.fps),
  ]);
  const manyLogs = await measureManyLogs(browser, logs);
  printTable(`A list of ${manyLogs.records} log records (${runs} runs)`, [
    ["", "median", "min", "max", "target"],
    spreadRow("first rows painted, ms", manyLogs.contentMs, Number.NaN),
    spreadRow("scrolled by the wheel, frames/s", manyLogs.near, TARGETS.fps),
    spreadRow("dragged by the bar, frames/s", manyLogs.far, TARGETS.fps),
  ]);
  if (!flags["no-record"]) {
    record("ui", before, { targets: TARGETS, paints, interactions, largeTrace, manyLogs });
  }
  await server.stop();
} finally {
  await browser.close();
  await server.remove();
}

function spreadRow(name: string, { median, min, max }: Spread, target: number): string[] {
  return [name, ...[median, min, max, target].map(shown)];
}

function pagesOf(traceId: string): BenchPage[] {
  const views = ["waterfall", "flame", "table", "graph", "logs"].map((view): BenchPage => ({
    name: `trace, ${view}`,
    path: `/traces/${traceId}?view=${view}`,
    content:
      view === "flame" ? "canvas" : "[role=treeitem], [role=tabpanel] table, [role=tabpanel] ol",
    use: useTrace,
  }));
  const rows = "tbody tr";
  return [
    { name: "overview", path: "/", content: rows, use: usePalette },
    { name: "services", path: "/services", content: rows, use: useTables },
    { name: "service", path: "/services/checkout", content: "canvas", use: useTabs },
    { name: "service map", path: "/map?view=graph", content: "[data-service]", use: useServices },
    {
      name: "traces",
      path: "/traces",
      content: rows,
      use: useSearch("Search traces", "service:cart"),
    },
    {
      name: "logs",
      path: "/logs",
      content: "[data-row]",
      use: useSearch("Search log records", "order"),
    },
    {
      name: "metrics",
      path: "/metrics?a=http.server.request.duration&a.by=service",
      content: "canvas",
      use: usePalette,
    },
    { name: "pipelines", path: "/pipelines", content: "[role=group] button", use: useComponents },
    ...views,
  ];
}

/** Sorts every column of every table, both ways. */
async function useTables(page: Page): Promise<number> {
  const heads = await page.locator("th button").all();
  for (const head of heads) {
    await head.click();
    await head.click();
  }
  return heads.length * 2;
}

/** Opens every tab. */
async function useTabs(page: Page): Promise<number> {
  const tabs = await page.getByRole("tab").all();
  for (const tab of tabs) await tab.click();
  return tabs.length;
}

/** Chooses service after service on the map. */
async function useServices(page: Page): Promise<number> {
  const services = (await page.locator("[data-service]").all()).slice(0, 8);
  for (const service of services) await service.click();
  return services.length;
}

/** Opens component after component of the pipeline. */
async function useComponents(page: Page): Promise<number> {
  const components = await page.locator("[role=group] button").all();
  for (const component of components) await component.click();
  return components.length;
}

/** Types a search, asks it, and goes down what was found. */
function useSearch(box: string, text: string): (page: Page) => Promise<number> {
  const keys = ["j", "j", "j", "k"];
  return async (page) => {
    await page.getByRole("combobox", { name: box }).pressSequentially(text);
    // Once for the completions, if there are any, and once for the search.
    await page.keyboard.press("Escape");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.searchParams.has("q"));
    await page.keyboard.press("Escape");
    for (const key of keys) await page.keyboard.press(key);
    return text.length + 3 + keys.length;
  };
}

/** Opens the palette, types and leaves it. */
async function usePalette(page: Page): Promise<number> {
  await page.keyboard.press("Control+k");
  await page.keyboard.type("serv");
  await page.keyboard.press("Escape");
  return 1 + "serv".length + 1;
}

/** Goes through the spans by keys, to errors, looks for a text, and changes the view and back. */
async function useTrace(page: Page): Promise<number> {
  const keys = ["j", "j", "j", "e", "e", "z", "z", "p", "p", "j", "j", "k"];
  await page.getByRole("tablist", { name: "Views of the trace" }).waitFor();
  for (const key of keys) await page.keyboard.press(key);
  await page.getByLabel("Find in this trace").pressSequentially("select");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  const tabs = await page.getByRole("tab").all();
  for (const tab of tabs) await tab.click();
  return keys.length + "select".length + 2 + tabs.length;
}

/** Each time in a context of its own, so that nothing is cached. */
async function opened<T>(
  from: Browser,
  page: BenchPage,
  run: (page: Page) => Promise<T>,
): Promise<T> {
  const context = await from.newContext({ viewport: WINDOW });
  try {
    const tab = await context.newPage();
    await watch(tab, page.content);
    await tab.goto(`${server.doors.http}${page.path}`, { waitUntil: "commit" });
    return await run(tab);
  } finally {
    await context.close();
  }
}

async function measurePaints(from: Browser, page: BenchPage) {
  // The first opening warms the server's caches up, as any earlier visitor has.
  await opened(from, page, paintsOf);
  const all = [];
  for (let run = 0; run < runs; run++) all.push(await opened(from, page, paintsOf));
  return {
    firstMs: spreadOf(all.map(({ firstMs }) => firstMs)),
    largestMs: spreadOf(all.map(({ largestMs }) => largestMs)),
    contentMs: spreadOf(all.map(({ contentMs }) => contentMs)),
  };
}

async function measureInteractions(from: Browser, page: BenchPage) {
  const durations: number[] = [];
  for (let run = 0; run < runs; run++) {
    const measured = await opened(from, page, async (tab) => {
      await paintsOf(tab);
      return interactionsOf(tab, await page.use(tab));
    });
    durations.push(...measured);
  }
  durations.sort((a, b) => a - b);
  return {
    p95: quantile(durations, 0.95),
    max: durations.at(-1) ?? Number.NaN,
    count: durations.length,
  };
}

async function measureLargeTrace(from: Browser, traceId: string) {
  const page = (view: string): BenchPage => ({
    name: view,
    path: `/traces/${traceId}?view=${view}`,
    content: view === "table" ? "[role=grid] [data-line]" : "[role=treeitem]",
    use: useTrace,
  });
  const contentMs: number[] = [];
  const answerMs: number[] = [];
  const waterfall: Scrolled[] = [];
  const table: Scrolled[] = [];
  const scroll = (selector: string) => async (tab: Page) => {
    await paintsOf(tab);
    const how = { pixelsAFrame: SCROLL_PIXELS_A_FRAME, ms: SCROLL_MS };
    return scrolled(tab, selector, how);
  };
  for (let run = 0; run < runs; run++) {
    contentMs.push((await opened(from, page("waterfall"), paintsOf)).contentMs);
    answerMs.push(await timed(`/api/v1/traces/${traceId}/outline`));
    waterfall.push(await opened(from, page("waterfall"), scroll("[role=tree]")));
    table.push(await opened(from, page("table"), scroll("[role=grid]")));
  }
  return {
    contentMs: spreadOf(contentMs),
    answerMs: spreadOf(answerMs),
    waterfall: spreadOf(waterfall.map(({ framesPerSecond }) => framesPerSecond)),
    table: spreadOf(table.map(({ framesPerSecond }) => framesPerSecond)),
    runs: { waterfall, table },
  };
}

/** The list of all records of the hour: opened, rolled through and dragged through. */
async function measureManyLogs(
  from: Browser,
  of: { count: number; endMs: number; overMs: number },
) {
  const [fromTime, toTime] = [of.endMs - of.overMs, of.endMs].map((ms) =>
    new Date(ms).toISOString(),
  );
  const page: BenchPage = {
    name: "log list",
    path: `/logs?from=${fromTime}&to=${toTime}`,
    content: "[data-row]",
    use: useTables,
  };
  const [nearPixels, farPixels] = LOG_PIXELS_A_FRAME;
  const scroll = (pixelsAFrame: number) => async (tab: Page) => {
    await paintsOf(tab);
    return scrolled(tab, "[data-row]", { pixelsAFrame, ms: SCROLL_MS });
  };
  const contentMs: number[] = [];
  const near: Scrolled[] = [];
  const far: Scrolled[] = [];
  for (let run = 0; run < runs; run++) {
    contentMs.push((await opened(from, page, paintsOf)).contentMs);
    near.push(await opened(from, page, scroll(nearPixels)));
    far.push(await opened(from, page, scroll(farPixels)));
  }
  return {
    records: of.count,
    contentMs: spreadOf(contentMs),
    near: spreadOf(near.map(({ framesPerSecond }) => framesPerSecond)),
    far: spreadOf(far.map(({ framesPerSecond }) => framesPerSecond)),
    runs: { near, far },
  };
}

async function timed(path: string): Promise<number> {
  const beganMs = performance.now();
  const response = await fetch(`${server.doors.http}${path}`);
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return performance.now() - beganMs;
}

/** Runs the demo as a user would, over the past hour. */
async function loadDemo(): Promise<void> {
  const options = ["--rate", flags.rate, "--backfill", `${flags.hours}h`, "--duration", "0s"];
  const demo = spawn(
    process.execPath,
    [
      join(ROOT, "src/app/main.ts"),
      "demo",
      ...options,
      "--endpoint",
      server.doors.otlpHttp,
      "--incident",
      "payment",
      "--seed",
      flags.seed,
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  const code = await new Promise((resolve) => demo.on("close", resolve));
  if (code !== 0) throw new Error(`the demo ended with ${String(code)}`);
}

async function untilStored(traceId: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${server.doors.http}/api/v1/traces/${traceId}/outline`);
    const answer = (await response.json()) as { spans?: { spanId: readonly string[] } };
    if (answer.spans?.spanId.length === Number(flags.spans)) return;
    await delay(200);
  }
}

/** The largest of the newest traces of a checkout. */
async function someTraceId(): Promise<string> {
  const response = await fetch(`${server.doors.http}/api/v1/traces?service=checkout&limit=200`);
  const { data } = (await response.json()) as {
    data: readonly { traceId: string; spanCount: number }[];
  };
  const [largest] = data.toSorted((a, b) => b.spanCount - a.spanCount);
  if (largest === undefined) throw new Error("the demo has no trace of a checkout");
  return largest.traceId;
}

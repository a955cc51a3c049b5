import type { Page } from "playwright-core";
import type { ShopFacts } from "./demo-shop.ts";

/** What a page is shown with. `filled` is a real server with the demo's shop; the others are canned answers. */
export const STATES = ["filled", "empty", "failing", "hostile"] as const;
export type State = (typeof STATES)[number];

/** Resolves when that which the page is for is seen in the state. */
type Look = (page: Page) => Promise<unknown>;

/** A page of the application, as `pages.test.ts` opens it in every theme, width and state. */
export interface MatrixPage {
  /** Of its tests and screenshots: kebab-case. */
  readonly name: string;
  readonly address: (facts: ShopFacts) => string;
  /** Of the tab, before "· Sightglass". */
  readonly title: string | RegExp;
  /** A view of a page that looks the same in a state as another that is here may leave it out. */
  readonly seen: { readonly filled: Look } & { readonly [S in State]?: Look };
}

const alert: Look = (page) => page.getByRole("alert").first().waitFor();
const noSpans: Look = (page) => page.getByText("This trace has no spans").waitFor();
const noServices: Look = (page) =>
  page.getByText("No service sent a span in the last hour").waitFor();
const SERVICE_TABS = ["operations", "dependencies", "resources", "traces", "logs"] as const;
const mapOf =
  (count: number): Look =>
  (page) =>
    page
      .locator("[data-service]")
      .nth(count - 1)
      .waitFor();
const rows =
  (count: number): Look =>
  (page) =>
    page
      .locator("tbody tr")
      .nth(count - 1)
      .waitFor();

/** Every page. Who adds a page adds it here; canned answers of its routes stand in `canned/`. */
export const MATRIX_PAGES: readonly MatrixPage[] = [
  {
    name: "overview",
    address: () => "/",
    title: "Overview",
    seen: {
      filled: rows(12),
      empty: (page) => page.getByText("Waiting for first data").first().waitFor(),
      failing: alert,
      hostile: rows(20),
    },
  },
  {
    name: "traces",
    address: () => "/traces",
    title: "Traces",
    seen: {
      filled: async (page) => {
        await page.getByRole("application", { name: "Spans by time and duration" }).waitFor();
        await rows(20)(page);
      },
      empty: (page) => page.getByText("Waiting for the first trace").waitFor(),
      failing: alert,
      hostile: rows(20),
    },
  },
  {
    name: "traces-differences",
    address: () => "/traces?status=error&view=groups",
    title: "Traces",
    seen: {
      filled: (page) => page.getByText(/selected traces compared with/).waitFor(),
      hostile: (page) => page.getByText("more say the same").first().waitFor(),
    },
  },
  {
    name: "services",
    address: () => "/services",
    title: "Services",
    seen: {
      filled: rows(12),
      empty: noServices,
      failing: alert,
      hostile: rows(10),
    },
  },
  ...SERVICE_TABS.map((tab): MatrixPage => ({
    name: `service-${tab}`,
    address: ({ service }) => `/services/${service}${tab === "operations" ? "" : `?tab=${tab}`}`,
    title: /^(checkout|storefront) ·/,
    seen: {
      filled: rows(3),
      // Its calls are found by its name, which a hostile shop does not have; the map's list has them all.
      ...(tab === "dependencies" ? {} : { hostile: rows(1) }),
      // Without the service its other parts say the same.
      ...(tab === "operations"
        ? {
            empty: (page) => page.getByText("It sent no span in the last hour").waitFor(),
            failing: alert,
          }
        : {}),
    },
  })),
  {
    name: "map",
    address: () => "/map?view=graph",
    title: "Service map",
    seen: {
      filled: mapOf(12),
      empty: noServices,
      failing: alert,
      hostile: mapOf(10),
    },
  },
  {
    name: "map-list",
    address: () => "/map?view=list",
    title: "Service map",
    seen: { filled: rows(12), hostile: rows(10) },
  },
  ...["waterfall", "flame", "table", "graph", "logs"].map((view): MatrixPage => ({
    name: `trace-${view}`,
    address: ({ traceId }) => `/traces/${traceId}${view === "waterfall" ? "" : `?view=${view}`}`,
    title: /^Trace [0-9a-f]{8}/,
    seen: {
      filled: traceView(view),
      hostile: traceView(view),
      // Without a trace there are no views of it.
      ...(view === "waterfall" ? { empty: noSpans, failing: alert } : {}),
    },
  })),
  {
    name: "logs",
    address: () => "/logs",
    title: "Logs",
    seen: {
      filled: (page) => page.locator("[data-row]").nth(10).waitFor(),
      empty: (page) => page.getByText("Waiting for the first log record").waitFor(),
      failing: alert,
      hostile: (page) => page.locator("[data-row]").nth(10).waitFor(),
    },
  },
  {
    name: "metrics",
    address: () => "/metrics",
    title: "Metrics",
    seen: {
      filled: (page) => page.getByRole("link", { name: "http.server.request.duration" }).waitFor(),
      empty: (page) => page.getByText("Waiting for the first metric").waitFor(),
      failing: alert,
      hostile: (page) => page.getByRole("tabpanel").getByRole("link").nth(5).waitFor(),
    },
  },
  {
    name: "metrics-query",
    address: () => "/metrics?a=http.server.request.duration&a.by=service",
    title: "Metrics",
    seen: { filled: (page) => page.getByRole("slider").waitFor(), failing: alert },
  },
  {
    name: "pipelines",
    address: () => "/pipelines",
    title: "Pipelines",
    seen: {
      filled: (page) => page.getByRole("button", { name: /otlp/ }).waitFor(),
      empty: (page) => page.getByRole("button", { name: /store/ }).waitFor(),
    },
  },
  {
    name: "settings",
    address: () => "/settings",
    title: "Settings",
    seen: {
      filled: (page) => page.getByRole("columnheader", { name: "Will need" }).waitFor(),
      empty: (page) => page.getByText("nothing yet").first().waitFor(),
    },
  },
  {
    name: "about",
    address: () => "/about",
    title: /^About/,
    seen: {
      filled: (page) => page.getByText("since this start").waitFor(),
      empty: (page) => page.getByText("There are no rows yet").waitFor(),
    },
  },
];

/** What each view of a trace is made of. */
function traceView(view: string): Look {
  return async (page) => {
    switch (view) {
      case "waterfall":
        return page.getByRole("treeitem").nth(5).waitFor();
      case "flame":
        return page.getByRole("group", { name: /^Flame graph/ }).waitFor();
      case "table":
        return page.getByRole("grid").getByRole("row").nth(5).waitFor();
      case "graph":
        return page.getByRole("table", { name: "Calls between services" }).waitFor();
      default:
        return page.getByRole("list", { name: "Logs of the trace" }).waitFor();
    }
  };
}

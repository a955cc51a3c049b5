import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { ServerSentEvents } from "#core/server-sent-events.ts";
import { methodOf, type Route, type StreamRoute } from "../contract/route.ts";
import { type OperationId, ROUTES, type StreamId, STREAMS } from "../contract/routes.ts";
import { openApiDocument } from "./openapi.ts";
import {
  DEAD_LETTER,
  FOREIGN,
  FOREIGN_DEAD_LETTER,
  FOREIGN_TRACE,
  openTelemetryApi,
  SPAN,
  type TelemetryApi,
  TRACE,
} from "./testing/telemetry-api.ts";

const RANGE = "from=2026-09-21T00:00:00Z&to=2026-09-22T00:00:00Z";

const EVENTS_RANGE = "startTime=2026-09-21T00:00:00Z&endTime=2026-09-22T00:00:00Z";

let api: TelemetryApi;
beforeAll(async () => {
  api = await openTelemetryApi();
});
afterAll(() => api.close());

/** Requests that find the rows of both organizations, were they not kept apart. */
const REQUESTS: Record<OperationId, readonly string[]> = {
  listServices: [
    `/api/v1/services?${RANGE}`,
    `/api/v1/services?${RANGE}&compare=previous&service=own-service`,
  ],
  getServiceSeries: [
    `/api/v1/services/series?${RANGE}`,
    `/api/v1/services/series?${RANGE}&service=own-service&points=10`,
    `/api/v1/services/series?${RANGE}&service=own-service&by=operation`,
  ],
  listOperations: [
    `/api/v1/services/own-service/operations?${RANGE}`,
    `/api/v1/services/own-service/operations?${RANGE}&compare=previous`,
  ],
  listServiceResources: [`/api/v1/services/own-service/resources?${RANGE}`],
  getServiceMap: [
    `/api/v1/service-map?${RANGE}`,
    `/api/v1/service-map?${RANGE}&service=target`,
    `/api/v1/service-map?${RANGE}&focus=target&depth=1&limit=10`,
  ],
  getChanges: [`/api/v1/changes?${RANGE}`],
  searchTraces: [
    `/api/v1/traces?${RANGE}`,
    `/api/v1/traces?${RANGE}&attribute=shared=both`,
    `/api/v1/traces?${RANGE}&attribute=shared=.*&status=error&limit=1`,
    `/api/v1/traces?${RANGE}&q=shared:both+status:error+work`,
  ],
  countFacets: [`/api/v1/traces/facets?${RANGE}&key=shared&key=service.name`],
  getHeatmap: [`/api/v1/traces/heatmap?${RANGE}&columns=10`],
  groupSpans: [
    `/api/v1/traces/groups?${RANGE}&by=service`,
    `/api/v1/traces/groups?${RANGE}&by=shared&spans=roots`,
  ],
  findDifferences: [
    `/api/v1/traces/differences?${RANGE}&selectStatus=error`,
    `/api/v1/traces/differences?${RANGE}&selectMinMs=1&baselineTo=2026-09-21T12:00:00Z`,
  ],
  getTrace: [`/api/v1/traces/${TRACE}`],
  getTraceOutline: [`/api/v1/traces/${TRACE}/outline`],
  getSpan: [`/api/v1/traces/${TRACE}/spans/${SPAN}`],
  getLinkedTraces: [`/api/v1/traces/${TRACE}/linked`],
  findInTrace: [`/api/v1/traces/${TRACE}/matches?text=both`],
  searchLogs: [
    `/api/v1/logs?${RANGE}`,
    `/api/v1/logs?${RANGE}&query=cart&severity=info&order=asc`,
    `/api/v1/logs?${RANGE}&attribute=shared=both&limit=1`,
    `/api/v1/logs?${RANGE}&q=cart+shared:both+severity:error+OR+zone:*`,
  ],
  getLogHistogram: [
    `/api/v1/logs/histogram?${RANGE}`,
    `/api/v1/logs/histogram?${RANGE}&q=shared:both&steps=7`,
  ],
  getLogFacets: [`/api/v1/logs/facets?${RANGE}`, `/api/v1/logs/facets?${RANGE}&q=cart`],
  getLogContext: ["/api/v1/logs/context?id=LOG_ID", "/api/v1/logs/context?id=LOG_ID&of=all&rows=5"],
  completeSearch: [
    `/api/v1/search/completions?${RANGE}&signal=traces`,
    `/api/v1/search/completions?${RANGE}&signal=traces&q=shared:`,
    `/api/v1/search/completions?${RANGE}&signal=traces&q=operation:w&at=10`,
    `/api/v1/search/completions?${RANGE}&signal=logs&q=scope:`,
  ],
  listEvents: [
    `/api/events?${EVENTS_RANGE}`,
    `/api/events?${EVENTS_RANGE}&hasError=false&sortBy=event_type&sortOrder=asc&limit=1`,
  ],
  searchEvents: [`/api/events/search?q=cart&${EVENTS_RANGE}`],
  getEvent: [`/api/events/shared-id?${EVENTS_RANGE}`],
  getEventStats: [`/api/stats?${EVENTS_RANGE}`],
  getEventSummary: [`/api/stats/summary?${EVENTS_RANGE}`],
  getEventTimeline: [`/api/stats/timeline?${EVENTS_RANGE}&interval=minute`],
  getEventsByType: [`/api/stats/by-type?${EVENTS_RANGE}`],
  getEventsByLevel: [`/api/stats/by-level?${EVENTS_RANGE}`],
  getEventCosts: [`/api/stats/costs?${EVENTS_RANGE}&groupBy=type`],
  listMasters: [`/api/masters?${EVENTS_RANGE}`],
  listMasterEvents: [`/api/masters/both/events?${EVENTS_RANGE}`],
  listWorkerEvents: [`/api/workers/both/events?${EVENTS_RANGE}`],
  listMetrics: [`/api/v1/metrics?${RANGE}`, `/api/v1/metrics?${RANGE}&search=shared`],
  queryMetric: [
    `/api/v1/metrics/query?${RANGE}&name=shared.gauge&groupBy=service,zone&groupBy=app.key`,
    `/api/v1/metrics/query?${RANGE}&name=shared.histogram&filter=shared=both&step=1m`,
    `/api/v1/metrics/query?${RANGE}&name=shared.exponential&aggregation=p50`,
    `/api/v1/metrics/query?${RANGE}&name=own.count&aggregation=increase`,
    `/api/v1/metrics/query?${RANGE}&name=shared.gauge&downsample=lttb&pixels=2`,
  ],
  listCardinality: [`/api/v1/metrics/cardinality?${RANGE}`],
  listMetricLabels: [`/api/v1/metrics/labels?${RANGE}&name=shared.gauge`],
  listAttributes: [
    `/api/v1/attributes?${RANGE}`,
    `/api/v1/attributes?${RANGE}&signal=traces&key=shared`,
  ],
  listPipelines: ["/api/v1/pipelines"],
  getPipelineConfig: ["/api/v1/pipelines/config"],
  validatePipelines: ["/api/v1/pipelines/validate"],
  putPipelineConfig: ["/api/v1/pipelines/config"],
  sampleComponent: ["/api/v1/pipelines/default/components/webhook%2Fslack/samples?limit=5"],
  listDeadLetters: ["/api/v1/dead-letters", "/api/v1/dead-letters?destination=webhook&limit=1"],
  getDeadLetter: [`/api/v1/dead-letters/${DEAD_LETTER}`],
  replayDeadLetters: ["/api/v1/dead-letters/replay?destination=webhook"],
  replayDeadLetter: [`/api/v1/dead-letters/${DEAD_LETTER}/replay`],
  deleteDeadLetter: [`/api/v1/dead-letters/${DEAD_LETTER}`],
  listSettings: ["/api/v1/settings"],
  getRetention: ["/api/v1/retention"],
  getLedger: ["/api/v1/ledger"],
  getAbout: ["/api/v1/about"],
  getHealth: ["/health"],
  getLive: ["/livez"],
  getReady: ["/readyz"],
};

/** The same of what answers with events. */
const EVENTS_REQUESTS: Record<StreamId, string> = {
  tail: "/api/v1/tail?streams=logs,spans,status,changed",
};

/** A path with the id of a record of our own in its place. */
async function filled(path: string): Promise<string> {
  if (!path.includes("LOG_ID")) return path;
  const logs: unknown = await (await fetch(`${api.url}/api/v1/logs?${RANGE}`)).json();
  const { data } = z.object({ data: z.array(z.object({ id: z.string() })) }).parse(logs);
  return path.replace("LOG_ID", data[0]!.id);
}

/** Answers are open to more fields, but what is sent is what the contract says, and nothing else. */
function strict(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodObject ? z.strictObject(schema.shape) : schema;
}

describe("every route", () => {
  it.each(
    Object.entries(REQUESTS).flatMap(([id, paths]) => paths.map((path) => [id, path] as const)),
  )("%s answers as its contract says: %s", async (id, path) => {
    const route: Route = ROUTES[id as OperationId];
    const response = await fetch(`${api.url}${await filled(path)}`, { method: methodOf(route) });
    const body: unknown = await response.json();
    expect(response.status).toBe(200);
    expect(strict(route.answer).safeParse(body).error).toBeUndefined();
    const list = z.object({ data: z.array(z.unknown()) }).safeParse(body);
    expect(list.data?.data).not.toEqual([]);
  });

  it.each(
    Object.entries(REQUESTS).flatMap(([id, paths]) => paths.map((path) => [id, path] as const)),
  )("%s keeps organizations apart: %s", async (id, path) => {
    const method = methodOf(ROUTES[id as OperationId]);
    const response = await fetch(`${api.url}${await filled(path)}`, { method });
    expect(await response.text()).not.toContain(FOREIGN);
  });

  it.each(Object.entries(EVENTS_REQUESTS))(
    "%s begins with events as its contract says: %s",
    async (id, path) => {
      const { events }: StreamRoute = STREAMS[id as StreamId];
      const cancel = new AbortController();
      const response = await fetch(`${api.url}${path}`, { signal: cancel.signal });
      const { value } = await response
        .body!.pipeThrough(new TextDecoderStream())
        .getReader()
        .read();
      const read = new ServerSentEvents().read(value ?? "");
      expect(read.length).toBeGreaterThan(0);
      for (const { event, data } of read)
        expect(strict(events[event]!).safeParse(JSON.parse(data)).error).toBeUndefined();
      cancel.abort();
    },
  );

  it.each([
    ["GET", FOREIGN_DEAD_LETTER],
    ["DELETE", FOREIGN_DEAD_LETTER],
    ["POST", `${FOREIGN_DEAD_LETTER}/replay`],
    ["GET", "replay"],
  ])("%s finds no dead letter of another organization: %s", async (method, path) => {
    const response = await fetch(`${api.url}/api/v1/dead-letters/${path}`, { method });
    expect(await response.json()).toMatchObject({ status: 404, code: "not_found" });
  });

  it("samples nothing of what is not there, and asks which is meant of two", async () => {
    const samples = async (path: string): Promise<unknown> =>
      (await fetch(`${api.url}/api/v1/pipelines/${path}/samples`)).json();
    expect(await samples("default/components/webhook")).toMatchObject({ code: "not_found" });
    expect(await samples("other/components/otlp")).toMatchObject({ code: "not_found" });
    expect(await samples("default/components/otlp")).toMatchObject({
      code: "bad_request",
      errors: [{ where: "kind", found: "nothing", allowed: "receiver, destination" }],
    });
  });

  it.each([
    ["/api/v1/traces", "a status:bad", { from: 9, to: 12 }, /error, ok or unset/],
    ["/api/v1/logs", "duration:>1s", { from: 0, to: 9 }, /Only spans have duration/],
    ["/api/v1/logs/histogram", "(a b", { from: 0, to: 1 }, /not closed/],
    ["/api/v1/logs/facets", "a:b*c", { from: 3, to: 4 }, /end of a value/],
  ])(
    "%s says where in the search %j is wrong, and what is allowed",
    async (path, q, at, allowed) => {
      const response = await fetch(`${api.url}${path}?${RANGE}&q=${encodeURIComponent(q)}`);
      const problem: unknown = await response.json();
      expect(problem).toMatchObject({
        status: 400,
        code: "bad_request",
        errors: [{ where: "q", at, allowed: expect.stringMatching(allowed) as string }],
      });
    },
  );

  it.each([
    ["PUT", "/api/v1/dead-letters/x", "GET, HEAD, DELETE"],
    ["PUT", "/api/v1/dead-letters/x/replay", "POST"],
    ["POST", "/api/v1/tail", "GET, HEAD"],
    ["DELETE", "/api/v1/dead-letters", "GET, HEAD"],
  ])("%s %s is told what is allowed", async (method, path, allow) => {
    const response = await fetch(`${api.url}${path}`, { method });
    expect([response.status, response.headers.get("allow")]).toEqual([405, allow]);
  });

  it("changes nothing for another page", async () => {
    const url = `${api.url}/api/v1/dead-letters/${DEAD_LETTER}`;
    const headers = { origin: "https://evil.example" };
    expect((await fetch(url, { method: "DELETE", headers })).status).toBe(403);
  });

  it.each([
    `/api/v1/traces/${FOREIGN_TRACE}`,
    `/api/v1/traces/${FOREIGN_TRACE}/outline`,
    `/api/v1/traces/${FOREIGN_TRACE}/spans/${SPAN}`,
    `/api/v1/traces/${FOREIGN_TRACE}/linked`,
    `/api/v1/traces/${FOREIGN_TRACE}/matches?text=both`,
    `/api/v1/traces?${RANGE}&service=${FOREIGN}-service`,
    `/api/v1/services/${FOREIGN}-service/operations?${RANGE}`,
    `/api/v1/services/${FOREIGN}-service/resources?${RANGE}`,
    `/api/v1/services/series?${RANGE}&service=${FOREIGN}-service`,
    `/api/v1/service-map?${RANGE}&service=${FOREIGN}`,
    `/api/v1/logs?${RANGE}&traceId=${FOREIGN_TRACE}`,
    `/api/v1/logs?${RANGE}&query=${FOREIGN}`,
    `/api/v1/logs?${RANGE}&q=${FOREIGN}`,
    `/api/v1/logs/histogram?${RANGE}&q=zone:${FOREIGN}`,
    `/api/v1/traces?${RANGE}&q=service:${FOREIGN}*`,
    `/api/v1/traces?${RANGE}&attribute=zone=${FOREIGN}`,
    `/api/v1/metrics?${RANGE}&search=${FOREIGN}`,
    `/api/v1/metrics/query?${RANGE}&name=${FOREIGN}.count`,
    `/api/v1/attributes?${RANGE}&key=${FOREIGN}`,
  ])("finds nothing of another organization: %s", async (path) => {
    const body = await (await fetch(`${api.url}${path}`)).text();
    expect(body).toMatch(/"data":\[\]|"code":"not_found"/);
  });

  it("ignores what a request says of its organization", async () => {
    const headers = {
      "x-org": "foreign",
      "x-organization": "foreign",
      "x-scope-orgid": "foreign",
      cookie: "org=foreign",
    };
    const response = await fetch(`${api.url}/api/v1/services?${RANGE}`, { headers });
    expect(await response.text()).toMatch(/^\{"data":\[\{"service":"own-service"/);
  });
});

describe("the OpenAPI document", () => {
  const document = openApiDocument("1.2.3");
  const text = JSON.stringify(document);

  it("is served", async () => {
    const response = await fetch(`${api.url}/api/openapi.json`);
    expect(await response.json()).toEqual(document);
  });

  it("has every route, and no other", () => {
    const paths = z
      .record(z.string(), z.record(z.string(), z.object({ operationId: z.string() })))
      .parse(document["paths"]);
    const found = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, one]) => [one.operationId, method, path]),
    );
    const declared = Object.entries(ROUTES).map(([id, route]) => [
      id,
      methodOf(route).toLowerCase(),
      route.path,
    ]);
    const streams = Object.entries(STREAMS).map(([id, { path }]) => [id, "get", path]);
    expect(new Set(found.map(String))).toEqual(new Set([...declared, ...streams].map(String)));
  });

  it("refers to what it has", () => {
    const { schemas, responses } = z
      .object({
        schemas: z.record(z.string(), z.unknown()),
        responses: z.record(z.string(), z.unknown()),
      })
      .parse(document["components"]);
    const known = new Set([
      ...Object.keys(schemas).map((name) => `#/components/schemas/${name}`),
      ...Object.keys(responses).map((name) => `#/components/responses/${name}`),
    ]);
    const references = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, reference]) => reference!);
    expect(references.length).toBeGreaterThan(20);
    expect(references.filter((reference) => !known.has(reference))).toEqual([]);
    const unused = [...known].filter((name) => !references.includes(name));
    expect(unused).toEqual([]);
  });

  it("names each parameter of a path, and describes every parameter", () => {
    const parameter = z.object({
      name: z.string(),
      in: z.string(),
      required: z.boolean(),
      description: z.string().min(10),
      schema: z.object({ type: z.string() }),
    });
    const paths = z
      .record(z.string(), z.record(z.string(), z.object({ parameters: z.array(parameter) })))
      .parse(document["paths"]);
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.values(methods).map((one) => [path, one] as const),
    );
    for (const [path, { parameters }] of operations) {
      const inPath = parameters.filter((one) => one.in === "path");
      expect(inPath.map(({ name }) => name)).toEqual(
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
      );
      expect(inPath.every(({ required }) => required)).toBe(true);
    }
  });

  it("leaves answers open to more fields", () => {
    expect(text).not.toContain('"additionalProperties":false');
  });
});

describe("the reference page", () => {
  it("has every route and runs no script", async () => {
    const page = await (await fetch(`${api.url}/api/docs`)).text();
    for (const route of Object.values(ROUTES))
      expect(page).toContain(`${methodOf(route)} ${route.path}`);
    for (const { path } of Object.values(STREAMS)) expect(page).toContain(`GET ${path}`);
    expect(page).not.toMatch(/<script|<style|style=|undefined|\[object/);
    const targets = [...page.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id!);
    expect(targets.filter((id) => !page.includes(`id="${id}"`))).toEqual([]);
    expect((await fetch(`${api.url}/api/docs.css`)).headers.get("content-type")).toBe(
      "text/css; charset=utf-8",
    );
  });
});

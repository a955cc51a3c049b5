import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTelemetryApi, type TelemetryApi, TIME_NS } from "./testing/telemetry-api.ts";

const RANGE = "startTime=2026-09-21T00:00:00Z&endTime=2026-09-22T00:00:00Z";

let api: TelemetryApi;
beforeAll(async () => {
  api = await openTelemetryApi();
});
afterAll(() => api.close());

async function ask(path: string): Promise<{ status: number; type: string; body: unknown }> {
  const response = await fetch(`${api.url}${path}`);
  const type = response.headers.get("content-type") ?? "";
  return { status: response.status, type, body: await response.json() };
}

describe("seed 003's search API", () => {
  it("pages by number, and says what it was asked", async () => {
    const { body } = await ask(`/api/events?${RANGE}&master=both&limit=1`);
    expect(body).toMatchObject({
      data: [{ event_id: "shared-id", event_type: "own", data: { master: "both" } }],
      pagination: { page: 1, limit: 1, total: 1, pages: 1 },
      meta: { filters: { master: "both" }, sortBy: "timestamp", sortOrder: "desc" },
    });
    const beyond = await ask(`/api/events?${RANGE}&page=2`);
    expect(beyond.body).toMatchObject({ data: [], pagination: { page: 2, limit: 50, total: 1 } });
  });

  it("repeats the text that was looked for", async () => {
    const { body } = await ask(`/api/events/search?q=CART&${RANGE}`);
    expect(body).toMatchObject({ data: [{ event_type: "own" }], meta: { query: "CART" } });
  });

  it("gives an event by an id that it gave", async () => {
    const { body } = await ask(`/api/events?${RANGE}`);
    const { id } = (body as { data: { id: string }[] }).data[0]!;
    expect(id.startsWith(`${TIME_NS}-`)).toBe(true);
    expect(await ask(`/api/events/${id}`)).toMatchObject({ body: { data: { id } } });
  });

  it.each([
    ["/api/events/search", 400, "q: found nothing, allowed: a text to look for"],
    ["/api/events?hasError=maybe", 400, "true or false"],
    ["/api/events?sortBy=data", 400, "sortBy"],
    ["/api/stats/timeline?interval=1;drop", 400, "interval"],
    [`/api/events?${RANGE}&page=1000&limit=1000`, 400, "ends earlier"],
    [`/api/events/nothing?${RANGE}`, 404, "no event with this id"],
  ])("tells errors in its own words: %s", async (path, status, message) => {
    const answer = await ask(path);
    expect([answer.status, answer.type]).toEqual([status, "application/json; charset=utf-8"]);
    expect(answer.body).toEqual({
      error: expect.any(String) as unknown,
      message: expect.stringContaining(message) as unknown,
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
    });
  });

  it("counts, and sums up costs", async () => {
    const stats = await ask(`/api/stats?${RANGE}`);
    expect(stats.body).toMatchObject({
      data: {
        total_events: 1,
        events_24h: 0,
        total_errors: 0,
        by_type: [{ event_type: "own", count: 1, error_count: 0 }],
        by_level: [{ event_level: "info", count: 1 }],
      },
    });
    const masters = await ask(`/api/masters?${RANGE}`);
    expect(masters.body).toMatchObject({ data: [{ name: "both", count: 1 }] });
    const costs = await ask(`/api/stats/costs?${RANGE}`);
    expect(costs.body).toEqual({ data: [{ name: "both", count: 1, cost_usd: 0 }] });
  });
});

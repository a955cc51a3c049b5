import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EventFilter, EventPage } from "./event-statements.ts";
import { eventGroups, eventTimeline, eventTotals, findEvent, listEvents } from "./events.ts";
import { openTelemetryStore, type TelemetryStore, type Values } from "./testing/telemetry-store.ts";

const SECOND = 1_000_000_000n;
/** The beginning of an hour. */
const T0 = 1_790_002_800n * SECOND;
const RANGE = { fromNs: T0, toNs: T0 + 7_200n * SECOND };

const EVENTS: readonly { readonly at: bigint; readonly name: string; readonly fields: Values }[] = [
  {
    at: 1n,
    name: "task_failed",
    fields: {
      id: "e-1",
      type: "task_failed",
      level: "error",
      master: "development",
      worker_id: "w-1",
      error: "Timeout while 100% done",
      duration_ms: 30,
      _source: { name: "CortexEvents" },
      cost_estimate: { total_cost_usd: 0.5 },
    },
  },
  {
    at: 2n,
    name: "task_done",
    fields: { event_id: "e-2", master_type: "development", duration: 10, cost: 0.25, error: false },
  },
  { at: 3_600n, name: "heartbeat", fields: { severity: "warn", worker: "w-2" } },
];

let store: TelemetryStore;
beforeAll(async () => {
  store = await openTelemetryStore();
  await store.logs([
    ...EVENTS.map(({ at, name, fields }) => ({
      timeNs: T0 + at * SECOND,
      body: name === "task_done" ? "Grüße" : null,
      eventName: name,
      service: "cortex",
      attributes: fields,
    })),
    { timeNs: T0, body: "a log record that is no event", service: "cortex" },
    { timeNs: T0, body: null, eventName: "task_failed", org: "other", attributes: { id: "e-1" } },
    { timeNs: T0 - SECOND, body: null, eventName: "task_failed" },
  ]);
});
afterAll(() => store.close());

const context = (org = "default") => ({ reader: store.reader, org });

async function list(filter: EventFilter = {}, page: Partial<EventPage> = {}) {
  const whole = { sortBy: "timestamp", isDescending: true, limit: 50, offset: 0, ...page } as const;
  const { events, total } = await listEvents(context(), RANGE, filter, whole);
  return { types: events.map(({ event_type }) => event_type), total, events };
}

describe("events", () => {
  it("have the columns of seed 003's table, and all that was sent", async () => {
    const { events } = await list();
    expect(events).toMatchObject([
      {
        event_id: null,
        event_type: "heartbeat",
        event_level: "warn",
        source_name: "cortex",
        worker_type: "w-2",
        error: null,
        duration_ms: null,
        cost_usd: null,
      },
      {
        event_id: "e-2",
        event_type: "task_done",
        event_level: "info",
        master_type: "development",
        error: null,
        duration_ms: 10,
        cost_usd: 0.25,
        data: { message: "Grüße", error: false },
      },
      {
        event_id: "e-1",
        event_level: "error",
        source_name: "CortexEvents",
        master_type: "development",
        error: "Timeout while 100% done",
        duration_ms: 30,
        cost_usd: 0.5,
        timestamp: new Date(Number((T0 + SECOND) / 1_000_000n)).toISOString(),
        data: { id: "e-1", cost_estimate: { total_cost_usd: 0.5 } },
      },
    ]);
  });

  it.each<[EventFilter, string[]]>([
    [{ type: "task_done" }, ["task_done"]],
    [{ level: "info" }, ["task_done"]],
    [{ level: "warn" }, ["heartbeat"]],
    [{ master: "development" }, ["task_done", "task_failed"]],
    [{ worker: "w-1" }, ["task_failed"]],
    [{ worker: "w-2" }, ["heartbeat"]],
    [{ hasError: true }, ["task_failed"]],
    [{ hasError: false }, ["heartbeat", "task_done"]],
    [{ text: "100% DONE" }, ["task_failed"]],
    [{ text: "grÜsse" }, []],
    [{ text: "GRÜßE" }, ["task_done"]],
    [{ type: "' OR 1=1 --" }, []],
  ])("are found by what they are: %j", async (filter, found) => {
    expect(await list(filter)).toMatchObject({ types: found, total: found.length });
  });

  it("come by page, in the order that is asked for", async () => {
    const order = (sortBy: EventPage["sortBy"], isDescending: boolean) =>
      list({}, { sortBy, isDescending }).then(({ types }) => types[0]);
    expect(await order("event_type", false)).toBe("heartbeat");
    expect(await order("duration_ms", true)).toBe("task_failed");
    expect(await order("cost_usd", false)).toBe("task_done");
    expect(await list({}, { limit: 2, offset: 2 })).toMatchObject({
      types: ["task_failed"],
      total: 3,
    });
  });

  it("are found by the id of their record, and by their own", async () => {
    const [, , first] = (await list()).events;
    for (const id of [first!.id, "e-1"])
      expect(await findEvent(context(), RANGE, id)).toEqual(first);
    expect(await findEvent(context(), RANGE, "e-2")).toMatchObject({ event_type: "task_done" });
    for (const id of ["e-3", "1-1", `${2n ** 63n}-1`, `1-${2n ** 64n}`, first!.id.slice(0, -1)])
      expect(await findEvent(context(), RANGE, id)).toBeUndefined();
    expect(await findEvent(context("other"), RANGE, first!.id)).toBeUndefined();
    // It is the id that lists of log records give.
    expect(first!.id).toMatch(/^\d{19}-[\da-f]{16}$/);
  });
});

describe("figures of events", () => {
  it("are those of the range", async () => {
    expect(await eventTotals(context(), RANGE)).toEqual({
      count: 3,
      errors: 1,
      avgDurationMs: 20,
      costUsd: 0.75,
      lastNs: T0 + 3_600n * SECOND,
      masters: 1,
    });
    const nothing = { fromNs: 0n, toNs: 1n };
    expect(await eventTotals(context(), nothing)).toMatchObject({
      count: 0,
      costUsd: 0,
      masters: 0,
    });
  });

  it("are those of the events whose numbers are some", async () => {
    const fields: readonly Values[] = [
      { duration: "nan", cost: "inf" },
      { duration: "-Infinity", cost: 0.5 },
      { duration: 4, cost_estimate: { total_cost_usd: "nan" } },
    ];
    const strange = { reader: store.reader, org: "strange" };
    const put = (eventName: string, some: readonly Values[]) =>
      store.logs(
        some.map((attributes) => ({ timeNs: T0, body: "", eventName, org: "strange", attributes })),
      );
    await put("odd", fields);
    const figures = { count: 3, avgDurationMs: 4, costUsd: 0.5 };
    expect(await eventTotals(strange, RANGE)).toMatchObject(figures);
    expect(await eventGroups(strange, RANGE, "event_type")).toMatchObject([figures]);
    expect(await eventTimeline(strange, RANGE, "hour")).toMatchObject([figures]);
    const page = { sortBy: "duration_ms", isDescending: true, limit: 9, offset: 0 } as const;
    const { events } = await listEvents(strange, RANGE, {}, page);
    expect(events.map(({ duration_ms, cost_usd }) => [duration_ms, cost_usd])).toContainEqual([
      4,
      null,
    ]);
    await put("vast", [{ cost: 1e308 }, { cost: 1e308 }]);
    expect(await eventTotals(strange, RANGE)).toMatchObject({ count: 5, costUsd: 0 });
  });

  it("are told apart by type, level and master, those without one left out", async () => {
    const names = async (by: Parameters<typeof eventGroups>[2]) =>
      (await eventGroups(context(), RANGE, by)).map(({ name, count, errors }) => [
        name,
        count,
        errors,
      ]);
    expect(await names("event_type")).toEqual([
      ["heartbeat", 1, 0],
      ["task_done", 1, 0],
      ["task_failed", 1, 1],
    ]);
    expect(await names("event_level")).toEqual([
      ["error", 1, 1],
      ["info", 1, 0],
      ["warn", 1, 0],
    ]);
    expect(await names("master_type")).toEqual([["development", 2, 1]]);
  });

  it("stand in time by the step that is asked for", async () => {
    const second = Number(T0 / SECOND);
    expect(await eventTimeline(context(), RANGE, "hour")).toMatchObject([
      { second, count: 2, errors: 1, avgDurationMs: 20, costUsd: 0.75 },
      { second: second + 3_600, count: 1, errors: 0, avgDurationMs: 0, costUsd: 0 },
    ]);
    const minutes = await eventTimeline(context(), RANGE, "minute");
    expect(minutes.map((step) => step.second)).toEqual([second, second + 3_600]);
  });
});

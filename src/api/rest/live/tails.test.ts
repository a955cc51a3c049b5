import { Buffer } from "node:buffer";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LIVE_LIMITS } from "#core/limits.ts";
import { DEFAULT_ORG, type Signal } from "#core/signal.ts";
import { LiveRows } from "#pipeline/live/live-rows.ts";
import { logs, manySpans, spans } from "#pipeline/testing/batches.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { createLogger } from "#telemetry/log.ts";
import type { LedgerEntry } from "#telemetry/ledger.ts";
import { problem } from "../../contract/problem.ts";
import { tailRow, tailStatus } from "../../contract/live.ts";
import { type Api, type ApiOptions, createApi } from "../api.ts";
import { TailReader } from "./testing/tail-reader.ts";

let clock: FakeClock;
let rows: LiveRows;
let api: Api;
let url: string;
let stored: number;
const readers: TailReader[] = [];
const logged: unknown[] = [];

const ledger = (): Record<Signal, LedgerEntry> => {
  const none = { accepted: 0, stored: 0, dropped: 0, inFlight: 0 };
  return { traces: none, logs: { ...none, accepted: 9, stored }, metrics: none };
};

async function start(access: Partial<ApiOptions["access"]> = {}): Promise<void> {
  api = createApi({
    address: { host: "127.0.0.1", port: 0 },
    reader: { rows: () => Promise.resolve([]) },
    cursorKey: Buffer.alloc(32, 1),
    ledger: { inAll: ledger, sinceStart: ledger },
    about: () => Promise.reject(new Error("not asked for")),
    pipelines: () => ({
      data: [{ name: "default", receivers: [], processors: [], destinations: [] }],
    }),
    deadLetters: () => [],
    settings: () => ({ file: null, data: [] }),
    retention: () => Promise.resolve({ data: [], otherBytes: 0, disk: null }),
    liveComponents: () => [],
    liveRows: rows,
    checks: () => [],
    metrics: () => ({ contentType: "text/plain", body: "" }),
    access: { hosts: [], origins: [], ...access },
    version: "1.2.3",
    clock,
    log: createLogger({ level: "info", clock, sink: (record) => logged.push(record) }),
  });
  const { port } = await api.start();
  url = `http://127.0.0.1:${port}/api/v1/tail`;
}

async function tail(query: string, headers: Record<string, string> = {}): Promise<TailReader> {
  const reader = await TailReader.open(`${url}?${query}`, headers);
  readers.push(reader);
  return reader;
}

/** Log records with these bodies become durable, and what was gathered is sent. */
async function happen(...bodies: readonly string[]): Promise<void> {
  rows.look([logs("shop", ...bodies.map((body) => ({ body })))], DEFAULT_ORG)?.();
  await clock.advance(LIVE_LIMITS.gatherMs);
}

function bodies(reader: TailReader): unknown[] {
  return reader.data("row").map((data) => {
    const row = tailRow.parse(data);
    return row.signal === "logs" ? row.row.body : row.row.name;
  });
}

beforeEach(async () => {
  clock = new FakeClock();
  rows = new LiveRows(clock, (error) => logged.push(error));
  stored = 5;
  logged.length = 0;
  await start();
});
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.close();
  await api.stop();
  if (logged.length > 0) throw new Error(`Something was logged: ${JSON.stringify(logged)}`);
});

describe("a tail", () => {
  it("is a stream of events that nothing on the way keeps", async () => {
    const { response, ...reader } = await tail("streams=logs");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(reader.hasEnded).toBe(false);
  });

  it("says that it is there at once, and then every 15 seconds", async () => {
    const reader = await tail("streams=logs");
    await reader.until("heartbeat");
    await clock.advance(LIVE_LIMITS.heartbeatMs);
    await reader.until("heartbeat", 2);
    expect(reader.named("heartbeat").length).toBe(2);
  });

  it("tells of rows that fulfil its search, each as its contract says, and of no others", async () => {
    const reader = await tail("streams=logs,spans&q=paid");
    await reader.until("heartbeat");
    await happen("paid by card", "cart is empty");
    rows.look([spans("shop", { spanId: "1", name: "prepaid" })], DEFAULT_ORG)?.();
    rows.look([logs("foreign", { body: "paid elsewhere" })], "other")?.();
    await happen("PAID again");
    await reader.until("row", 3);
    expect(bodies(reader)).toEqual(["paid by card", "prepaid", "PAID again"]);
  });

  it("may be told several times what to listen to, and listens once", async () => {
    const reader = await tail("streams=logs&streams=logs,changed");
    await reader.until("heartbeat");
    await happen("one");
    await reader.until("row");
    expect(bodies(reader)).toEqual(["one"]);
  });

  it("goes on behind the last event that was read before the connection broke", async () => {
    const first = await tail("streams=logs");
    await first.until("heartbeat");
    await happen("one", "two");
    await first.until("row", 2);
    first.close();
    await happen("three");
    await happen("four");
    const second = await tail("streams=logs", { "last-event-id": first.named("row")[0]!.id });
    await second.until("row", 3);
    await happen("five");
    await second.until("row", 4);
    expect(bodies(second)).toEqual(["two", "three", "four", "five"]);
    expect(second.named("gap")).toEqual([]);
  });

  it("goes on behind it though another tail was told of later rows of the same batch", async () => {
    const other = await tail("streams=logs&q=paid");
    await other.until("heartbeat");
    const first = await tail("streams=logs");
    await first.until("heartbeat");
    await happen("one", "two", "paid", "paid again");
    await first.until("row", 4);
    const second = await tail("streams=logs", { "last-event-id": first.named("row")[1]!.id });
    await second.until("row", 2);
    await happen("five");
    await second.until("row", 3);
    expect(bodies(second)).toEqual(["paid", "paid again", "five"]);
    expect(second.named("gap")).toEqual([]);
  });

  it("tells who comes back of rows that were missed behind the last that it had", async () => {
    const first = await tail("streams=spans");
    await first.until("heartbeat");
    rows.look([manySpans(LIVE_LIMITS.rowsPerSecondMax + 70)], DEFAULT_ORG)?.();
    await clock.advance(LIVE_LIMITS.gatherMs);
    await first.until("dropped");
    const second = await tail("streams=spans", { "last-event-id": first.named("row").at(-1)!.id });
    await second.until("dropped");
    expect(second.data("dropped")).toEqual([{ rows: 70, because: "rate" }]);
    expect(second.named("row")).toEqual([]);
  });

  it("says when more rows came meanwhile than are kept, and tells of those that are", async () => {
    const first = await tail("streams=logs");
    await first.until("heartbeat");
    await happen("one");
    await first.until("row");
    const { keptRowsMax } = LIVE_LIMITS;
    await happen(...Array.from({ length: keptRowsMax + 2 }, (_, i) => `later ${i}`));
    const second = await tail("streams=logs", { "last-event-id": first.named("row")[0]!.id });
    await second.until("row", keptRowsMax);
    expect(second.data("gap")).toEqual([{ because: "too_long" }]);
    expect(bodies(second).slice(0, 1)).toEqual(["later 2"]);
    expect(second.events.findIndex(({ event }) => event === "gap")).toBeLessThan(
      second.events.findIndex(({ event }) => event === "row"),
    );
  });

  it.each(["an older process-7", "7", "x-y", "-"])(
    "says that rows are missing after an id that is not of this process: %j",
    async (id) => {
      const reader = await tail("streams=logs", { "last-event-id": id });
      await reader.until("gap", 1);
      expect(reader.data("gap")).toEqual([{ because: "restarted" }]);
    },
  );

  it("says after a while that rows are missing, for nobody had listened", async () => {
    const first = await tail("streams=logs");
    await first.until("heartbeat");
    await happen("one");
    await first.until("row");
    first.close();
    // The server notices a closed connection by itself.
    await expect
      .poll(async () => {
        await clock.advance(LIVE_LIMITS.lingerMs);
        return rows.look([logs("shop", { body: "unheard" })], DEFAULT_ORG);
      })
      .toBeUndefined();
    const second = await tail("streams=logs", { "last-event-id": first.named("row")[0]!.id });
    await second.until("gap");
    expect(second.data("gap")).toEqual([{ because: "too_long" }]);
  });

  it("counts the rows that are more than it sends in a second", async () => {
    const reader = await tail("streams=logs");
    await reader.until("heartbeat");
    const { rowsPerSecondMax } = LIVE_LIMITS;
    await happen(...Array.from({ length: rowsPerSecondMax + 12 }, (_, i) => String(i)));
    await reader.until("dropped");
    expect(reader.data("dropped")).toEqual([{ rows: 12, because: "rate" }]);
    await reader.until("row", rowsPerSecondMax);
  });

  it("keeps no more than its bound for who does not read, and tells him how many he missed", async () => {
    const { port } = new URL(url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.write("GET /api/v1/tail?streams=logs HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => (text += chunk));
    await expect.poll(() => text).toContain("heartbeat");
    socket.pause();
    const long = "x".repeat(8_000);
    let sent = 0;
    // More than sockets hold on both sides, in seconds of their own so that no rate bounds them.
    for (let i = 0; i < 20; i++) {
      await happen(...Array.from({ length: 200 }, () => long));
      await clock.advance(1_000);
      sent += 200;
    }
    const before = text.length;
    socket.resume();
    const counts = (): number => {
      const dropped = [...text.matchAll(/"rows":(\d+),"because":"slow"/g)];
      const read = text.split("event: row\n").length - 1;
      return read + dropped.reduce((sum, [, count]) => sum + Number(count), 0);
    };
    await expect.poll(counts, { timeout: 5_000 }).toBe(sent);
    expect(text.length - before).toBeLessThan(sent * 8_000);
    socket.destroy();
  });

  it("ends when the server stops, which waits for none", async () => {
    const readersOf = await Promise.all([tail("streams=logs"), tail("streams=status,changed")]);
    await Promise.all(readersOf.map((reader) => reader.until("heartbeat")));
    await api.stop();
    await expect.poll(() => readersOf.every(({ hasEnded }) => hasEnded)).toBe(true);
    expect(rows.look([logs("shop", { body: "late" })], DEFAULT_ORG)).toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  it("answers HEAD with what GET would begin with, and no more", async () => {
    const response = await fetch(`${url}?streams=logs`, { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });
});

describe("counts and changes", () => {
  it("are told: counts at once and every two seconds, topics once their rows are stored", async () => {
    const reader = await tail("streams=status,changed");
    await reader.until("status");
    await clock.advance(LIVE_LIMITS.pulseMs);
    await reader.until("status", 2);
    expect(reader.named("changed")).toEqual([]);
    stored = 6;
    await clock.advance(LIVE_LIMITS.pulseMs);
    await reader.until("changed");
    expect(reader.data("changed")).toEqual([{ topics: ["logs"] }]);
    const [status] = reader.data("status");
    expect(tailStatus.parse(status)).toMatchObject({
      ledger: { logs: { stored: 5 } },
      pipelines: [{ name: "default", components: [] }],
    });
  });

  it("cost nothing while nobody listens", async () => {
    const reader = await tail("streams=status,changed");
    await reader.until("status");
    reader.close();
    await expect
      .poll(async () => {
        await clock.advance(LIVE_LIMITS.heartbeatMs);
        return clock.pending;
      })
      .toBe(0);
  });
});

describe("who may listen", () => {
  it.each([
    ["", "streams"],
    ["streams=", "streams"],
    ["streams=metrics", "streams"],
    ["streams=logs&from=0", '"from"'],
    ["streams=logs&q=severity:loud", "q"],
    ["streams=logs&q=status:error", "q"],
  ])("is told what is wrong with ?%s", async (query, where) => {
    const response = await fetch(`${url}?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "bad_request", errors: [{ where }] });
  });

  it("is told where in the search a fault stands, and of what is found there not more than helps", async () => {
    const q = `paid severity:${"x".repeat(1_000)}`;
    const response = await fetch(`${url}?streams=logs&q=${q}`);
    const { errors } = problem.parse(await response.json());
    expect(errors?.[0]?.at).toEqual({ from: q.indexOf("x"), to: q.length });
    expect(errors?.[0]?.found).toHaveLength(102);
  });

  it("is asked for the token, and for an address of ours", async () => {
    await api.stop();
    await start({ token: "sesame", origins: ["https://pages.example"] });
    expect((await fetch(`${url}?streams=logs`)).status).toBe(401);
    const headers = { authorization: "Bearer sesame" };
    const foreign = { ...headers, origin: "https://evil.example" };
    expect((await fetch(`${url}?streams=logs`, { headers: foreign })).status).toBe(403);
    const reader = await tail("streams=logs", { ...headers, origin: "https://pages.example" });
    expect(reader.response.status).toBe(200);
    expect(reader.response.headers.get("access-control-allow-origin")).toBe(
      "https://pages.example",
    );
    const preflight = await fetch(url, {
      method: "OPTIONS",
      headers: { origin: "https://pages.example" },
    });
    expect(preflight.headers.get("access-control-allow-headers")).toContain("Last-Event-ID");
  });
});

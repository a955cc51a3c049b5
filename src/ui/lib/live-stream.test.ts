import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ServerSentEvent } from "#core/server-sent-events.ts";
import type { ConnectionEnd, ConnectionOptions } from "./live-connection.ts";
import { LiveStream } from "./live-stream.ts";
import { PulseHistory, pulseKey } from "./pulse-history.ts";
import { Tail, TAIL_ROWS_MAX, type TailView } from "./tail.ts";

/** Connections that a test answers. */
class Connections {
  readonly made: (ConnectionOptions & { end: (end: ConnectionEnd) => void })[] = [];

  readonly read = (options: ConnectionOptions): Promise<ConnectionEnd> =>
    new Promise((end) => {
      this.made.push({ ...options, end });
    });

  get last() {
    return this.made.at(-1)!;
  }

  tell(...events: readonly ServerSentEvent[]): void {
    this.last.onEvents(events);
  }
}

const row = (body: string, id: string): ServerSentEvent => ({
  event: "row",
  data: JSON.stringify({ signal: "logs", row: { body } }),
  id,
});
const heartbeat: ServerSentEvent = { event: "heartbeat", data: "{}", id: "" };
const settled = () => vi.advanceTimersByTimeAsync(0);

let connections: Connections;
let stream: LiveStream;
beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("sessionStorage", { getItem: () => null, setItem: () => {} });
  connections = new Connections();
  stream = new LiveStream(connections.read);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the stream of a tab", () => {
  test("is open while the page is live and looked at, and only then", () => {
    expect(stream.getState()).toBe("paused");
    stream.follow(true);
    expect([stream.getState(), connections.made.length]).toEqual(["connecting", 1]);
    expect(connections.last.address).toBe("/api/v1/tail?streams=status%2Cchanged");
    connections.tell(heartbeat);
    expect(stream.getState()).toBe("pushed");
    stream.show(false);
    expect([stream.getState(), connections.last.cancel.aborted]).toEqual(["paused", true]);
    stream.show(true);
    stream.follow(false);
    expect(stream.getState()).toBe("paused");
  });

  test("connects again by itself, ever more slowly, from the last row on", async () => {
    stream.follow(true);
    stream.want({ streams: ["logs"], q: "card" });
    await settled();
    expect(connections.last.address).toContain("q=card");
    connections.tell(row("one", "a-7"));
    for (const [wait, count] of [
      [700, 3],
      [1_300, 4],
      [2_600, 5],
    ] as const) {
      connections.last.end({ kind: "broken" });
      await settled();
      expect(stream.getState()).toBe("polled");
      await vi.advanceTimersByTimeAsync(wait);
      expect(connections.made.length).toBe(count);
      expect(connections.last.lastId).toBe("a-7");
    }
    stream.want({ streams: ["logs"], q: "cart" });
    await settled();
    expect(connections.last.lastId).toBeUndefined();
  });

  test("connects once for another search of a tail, and not at all for the same one", async () => {
    stream.follow(true);
    stream.want({ streams: ["logs"], q: "card" });
    await settled();
    expect(connections.made.length).toBe(2);
    stream.want(undefined);
    stream.want({ streams: ["logs"], q: "cart" });
    await settled();
    expect(connections.made.length).toBe(3);
    expect(connections.last.address).toContain("q=cart");
    stream.want(undefined);
    stream.want({ streams: ["logs"], q: "cart" });
    await settled();
    expect([connections.made.length, connections.last.cancel.aborted]).toEqual([3, false]);
  });

  test("waits as long as a busy server says, and not at all when something has changed", async () => {
    stream.follow(true);
    connections.last.end({ kind: "busy", retryMs: 60_000 });
    await settled();
    await vi.advanceTimersByTimeAsync(59_000);
    expect(connections.made.length).toBe(1);
    stream.nudge();
    expect(connections.made.length).toBe(2);
  });

  test("tells rows in the order of what happened between them", () => {
    const told: unknown[] = [];
    stream.on("rows", (rows) => told.push(rows.length));
    stream.on("dropped", ({ rows }) => told.push(`${rows} dropped`));
    stream.follow(true);
    const dropped = { event: "dropped", data: '{"rows":3,"because":"rate"}', id: "a-9" };
    connections.tell(row("one", "a-1"), row("two", "a-2"), dropped, row("three", "a-10"));
    expect(told).toEqual([2, "3 dropped", 1]);
  });
});

describe("a tail on a page", () => {
  test("draws what came a few times a second, keeps so many rows, and holds them while paused", async () => {
    const views: TailView[] = [];
    const tail = new Tail((view) => views.push(view), stream);
    stream.follow(true);
    connections.tell(
      ...Array.from({ length: TAIL_ROWS_MAX + 5 }, (_, i) => row(String(i), `a-${i}`)),
    );
    expect(views).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(views.length).toBe(1);
    expect(views[0]!.rows.length).toBe(TAIL_ROWS_MAX);
    expect(views[0]!.rows[0]!.number).toBe(6);
    tail.pause(true);
    connections.tell(row("late", "a-9999"), {
      event: "dropped",
      data: '{"rows":4,"because":"slow"}',
      id: "",
    });
    await vi.advanceTimersByTimeAsync(200);
    expect(views.at(-1)).toMatchObject({ waiting: 1, dropped: { slow: 4 } });
    expect(views.at(-1)!.rows.at(-1)!.number).toBe(TAIL_ROWS_MAX + 5);
    tail.pause(false);
    expect(views.at(-1)).toMatchObject({ waiting: 0 });
    expect(views.at(-1)!.rows.at(-1)!.number).toBe(TAIL_ROWS_MAX + 6);
    tail.clear();
    expect(views.at(-1)!.rows).toEqual([]);
    tail.close();
    connections.tell(row("after", "a-10000"));
    await vi.advanceTimersByTimeAsync(200);
    expect(views.at(-1)!.rows).toEqual([]);
  });
});

test("the last minutes of each component are kept, and no more, and none of one that is gone", () => {
  const history = new PulseHistory();
  const pulse = {
    kind: "receiver",
    name: "otlp",
    status: "healthy",
    in: 1,
    out: 1,
    dropped: 0,
  } as const;
  const components = [{ ...pulse, queue: null, breaker: null, deadLetters: null }];
  for (let at = 1; at <= 200; at++) history.add(at, [{ name: "default", components }]);
  history.add(3, [{ name: "default", components }]);
  const points = history.all().get(pulseKey("default", pulse))!;
  expect([points.length, points[0]!.atMs, points.at(-1)!.atMs]).toEqual([150, 51, 200]);
  history.add(201, []);
  expect(history.all().size).toBe(0);
});

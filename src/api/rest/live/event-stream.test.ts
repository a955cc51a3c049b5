import { expect, it } from "vitest";
import { LIVE_LIMITS } from "#core/limits.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { LiveRows } from "#pipeline/live/live-rows.ts";
import { EventStream } from "./event-stream.ts";
import { Tails } from "./tails.ts";
import { FullSocket } from "./testing/full-socket.ts";

const CHUNK = Buffer.alloc(10_000, "x");

it("holds so many bytes for a slow reader and no more, and tells how many rows he missed", () => {
  const socket = new FullSocket();
  const stream = new EventStream(socket, new FakeClock(), () => {});
  for (let i = 0; i < 1_000; i++) stream.send(CHUNK, 7);
  expect(socket.writableLength).toBeLessThan(LIVE_LIMITS.waitingBytesMax + 2 * CHUNK.length);
  const sent = socket.written.filter((one) => one.length === CHUNK.length).length;
  socket.read();
  expect(socket.written.at(-1)).toBe(
    `event: dropped\ndata: {"rows":${(1_000 - sent) * 7},"because":"slow"}\n\n`,
  );
  stream.send(CHUNK, 7);
  expect(socket.written.at(-1)).toHaveLength(CHUNK.length);
});

it("keeps one who reads all the time, but never all of it", async () => {
  const [socket, clock] = [new FullSocket(), new FakeClock()];
  let ends = 0;
  const stream = new EventStream(socket, clock, () => ends++);
  for (let i = 0; i < 30; i++) {
    for (let j = 0; j < 10; j++) stream.send(CHUNK, 1);
    await clock.advance(LIVE_LIMITS.stalledMsMax / 3);
    socket.read(Math.floor(socket.writableLength / 2));
  }
  expect([socket.isDestroyed, ends]).toEqual([false, 0]);
});

it("lets go of one who reads nothing at all, once", () => {
  const [socket, clock] = [new FullSocket(), new FakeClock()];
  let ends = 0;
  const stream = new EventStream(socket, clock, () => ends++);
  expect(socket.timeoutMs).toBe(LIVE_LIMITS.stalledMsMax);
  stream.send(CHUNK, 1);
  socket.emit("timeout");
  expect([socket.isDestroyed, ends]).toEqual([true, 1]);
  socket.emit("close");
  stream.end();
  stream.send(CHUNK, 1);
  expect([ends, socket.isEnded, clock.pending]).toEqual([1, false, 0]);
});

it("keeps one to whom there is nothing to tell: its heartbeats are more frequent than that", () => {
  expect(LIVE_LIMITS.heartbeatMs).toBeLessThan(LIVE_LIMITS.stalledMsMax);
});

it("is one of so many; the next is told to come back, and those that end make room", () => {
  const clock = new FakeClock();
  const none = { accepted: 0, stored: 0, dropped: 0, inFlight: 0 };
  const tails = new Tails({
    clock,
    rows: new LiveRows(clock, () => {}),
    life: "a",
    ledger: { inAll: () => ({ traces: none, logs: none, metrics: none }) },
    pipelines: () => ({ data: [] }),
  });
  // Searches of their own, one more than are kept of those that nobody hears.
  const open = (q: string): FullSocket => {
    const socket = new FullSocket();
    const request = {
      query: { streams: [["logs" as const]], q },
      org: "default",
      lastId: undefined,
    };
    tails.start(tails.prepare(request), socket);
    return socket;
  };
  for (let i = 0; i < LIVE_LIMITS.searchesMax; i++) open(`ended${i}`).emit("close");
  const sockets = Array.from({ length: LIVE_LIMITS.streamsMax }, (_, i) => open(`word${i}`));
  expect(() => open("late")).toThrow(
    expect.objectContaining({ code: "too_many_requests", retryAfterSeconds: 5 }) as Error,
  );
  sockets[0]!.emit("close");
  open("late");
  tails.stop();
  expect(sockets.slice(1).every(({ isEnded }) => isEnded)).toBe(true);
  expect(() => open("later")).toThrow(expect.objectContaining({ code: "stopping" }) as Error);
  expect(clock.pending).toBe(0);
});

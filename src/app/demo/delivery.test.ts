import { describe, expect, it } from "vitest";
import type { Clock } from "#core/clock.ts";
import { Delivery } from "./delivery.ts";
import type { Answer, Transport } from "./transport.ts";

const accepted: Answer = { outcome: "accepted", rejected: 0, message: "" };
const refused: Answer = { outcome: "refused", rejected: 0, message: "400 bad" };
const later: Answer = { outcome: "retry", rejected: 0, message: "503", retryAfterMs: 7_000 };

/** A clock whose timers run at once, and which notes how long they were to wait. */
class HastyClock implements Clock {
  readonly waits: number[] = [];
  private timeMs = 0;
  nowMs(): number {
    return this.timeMs;
  }
  monotonicMs(): number {
    return this.timeMs;
  }
  setTimeout(run: () => void, delayMs: number): { cancel(): void } {
    this.waits.push(delayMs);
    this.timeMs += delayMs;
    queueMicrotask(run);
    return { cancel: () => {} };
  }
}

/** Answers as it was told, then always accepts. */
function scripted(...answers: Answer[]): Transport & { sent: number } {
  return {
    sent: 0,
    send() {
      this.sent++;
      return Promise.resolve(answers.shift() ?? accepted);
    },
    close() {},
  };
}

const bytes = new Uint8Array(3);

describe("a delivery", () => {
  it("counts what was acknowledged, refused and left out, to the row", async () => {
    const transport = scripted(accepted, refused, { ...accepted, rejected: 2, message: "too old" });
    const delivery = new Delivery({ transport, clock: new HastyClock(), random: () => 0 });
    await delivery.push("traces", 10, bytes);
    await delivery.push("logs", 20, bytes);
    await delivery.push("traces", 30, bytes);
    await delivery.drain();
    expect(delivery.counts.acknowledged).toEqual({ traces: 38, logs: 0, metrics: 0 });
    expect(delivery.counts.refused).toEqual({ traces: 2, logs: 20, metrics: 0 });
    expect(delivery.counts.lastError).toBe("too old");
  });

  it("waits at least as long as the server asks, then tries again", async () => {
    const clock = new HastyClock();
    const delivery = new Delivery({ transport: scripted(later, later), clock, random: () => 0.5 });
    await delivery.push("traces", 10, bytes);
    await delivery.drain();
    expect(delivery.counts.acknowledged.traces).toBe(10);
    expect(delivery.counts.retries).toBe(2);
    expect(clock.waits).toHaveLength(2);
    for (const waitMs of clock.waits) expect(waitMs).toBeGreaterThanOrEqual(7_000);
  });

  it("pauses longer from attempt to attempt where the server does not say", async () => {
    const clock = new HastyClock();
    const { retryAfterMs: _, ...silent } = later;
    const delivery = new Delivery({
      transport: scripted(silent, silent, silent),
      clock,
      random: () => 0,
    });
    await delivery.push("traces", 10, bytes);
    await delivery.drain();
    expect(clock.waits).toEqual([250, 500, 1_000]);
  });

  it("gives a request up after a bounded time", async () => {
    const transport: Transport = { send: () => Promise.resolve(later), close() {} };
    const delivery = new Delivery({ transport, clock: new HastyClock(), random: () => 0 });
    await delivery.push("metrics", 5, bytes);
    await delivery.drain();
    expect(delivery.counts.givenUp.metrics).toBe(5);
    expect(delivery.counts.acknowledged.metrics).toBe(0);
  });

  it("has a bounded number of requests under way", async () => {
    const waiting: (() => void)[] = [];
    const transport: Transport = {
      send: () => new Promise((resolve) => waiting.push(() => resolve(accepted))),
      close() {},
    };
    const delivery = new Delivery({
      transport,
      clock: new HastyClock(),
      random: () => 0,
      inFlightMax: 2,
    });
    await delivery.push("traces", 1, bytes);
    const second = delivery.push("traces", 1, bytes);
    let room = false;
    void second.then(() => (room = true));
    await new Promise(setImmediate);
    expect(room).toBe(false);
    waiting[0]!();
    await second;
    expect(waiting).toHaveLength(2);
    waiting[1]!();
    await delivery.drain();
    expect(delivery.counts.acknowledged.traces).toBe(2);
  });

  it("stops trying when it is told to, and says what was not delivered", async () => {
    const transport: Transport = { send: () => Promise.resolve(later), close() {} };
    const delivery = new Delivery({ transport, clock: new HastyClock(), random: () => 0 });
    delivery.stopRetrying();
    await delivery.push("logs", 4, bytes);
    await delivery.drain();
    expect(delivery.counts.givenUp.logs).toBe(4);
    expect(delivery.counts.attempts).toBe(1);
  });
});

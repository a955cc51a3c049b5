import { describe, expect, it } from "vitest";
import { z } from "zod";
import { LIVE_LIMITS } from "#core/limits.ts";
import type { SearchNode } from "#core/search/search-node.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import { logs, manySpans, points, spans } from "../testing/batches.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { type LiveRow, LiveRows } from "./live-rows.ts";

const AT = { from: 0, to: 0 };
const word = (text: string): SearchNode => ({ kind: "text", text, isPhrase: false, at: AT });

class Listener {
  readonly rows: LiveRow[] = [];
  readonly missed = { rate: 0, busy: 0 };

  onRows(rows: readonly LiveRow[]): void {
    this.rows.push(...rows);
  }

  onMissed(rows: number, because: "rate" | "busy"): void {
    this.missed[because] += rows;
  }

  get bodies(): unknown[] {
    return this.rows.map(({ json }) => bodyOf(json));
  }
}

/** Each look at it takes its time, as work on a large batch does. */
class SlowClock extends FakeClock {
  stepMs = 40;
  private passedMs = 0;

  override monotonicMs(): number {
    this.passedMs += this.stepMs;
    return super.monotonicMs() + this.passedMs;
  }
}

const logSchema = z.object({ row: z.object({ body: z.unknown() }) });
const bodyOf = (json: string): unknown => logSchema.parse(JSON.parse(json)).row.body;

function failing(error: unknown): never {
  throw error;
}

function listening(clock = new FakeClock(), search?: SearchNode) {
  const rows = new LiveRows(clock, failing);
  const listener = new Listener();
  const signals = ["logs", "traces"] as const;
  const leave = rows.listen({ org: DEFAULT_ORG, signals, search }, listener);
  return { rows, listener, leave, clock };
}

describe("rows as they become durable", () => {
  it("are told of once they are, and not before", () => {
    const { rows, listener } = listening();
    const onDurable = rows.look([logs("shop", { body: "paid" }, { body: "sent" })], DEFAULT_ORG);
    expect(listener.rows).toEqual([]);
    onDurable?.();
    expect(listener.bodies).toEqual(["paid", "sent"]);
    expect(listener.rows.map(({ sequence }) => sequence)).toEqual([2, 3]);
  });

  it("are told only to who searches for them, in their organization, while he listens", () => {
    const { rows, listener, leave } = listening(new FakeClock(), word("card"));
    const batch = logs("shop", { body: "card kept" }, { body: "cart full" });
    expect(rows.look([batch], "other")).toBeUndefined();
    rows.look([batch], DEFAULT_ORG)?.();
    expect(listener.bodies).toEqual(["card kept"]);
    const late = rows.look([batch], DEFAULT_ORG);
    leave();
    late?.();
    expect(listener.rows.length).toBe(1);
    expect(rows.look([batch], DEFAULT_ORG)).toBeUndefined();
  });

  it("are those that no processor has dropped", () => {
    const { rows, listener } = listening();
    const batch = logs("shop", { body: "one" }, { body: "two" }, { body: "three" });
    batch.selection.drop(1);
    rows.look([batch], DEFAULT_ORG)?.();
    expect(listener.bodies).toEqual(["one", "three"]);
  });

  it("are made once for all who found them", () => {
    const { rows, listener } = listening();
    const other = new Listener();
    rows.listen({ org: DEFAULT_ORG, signals: ["logs"], search: word("paid") }, other);
    rows.look([logs("shop", { body: "sent" }, { body: "paid" })], DEFAULT_ORG)?.();
    expect(other.rows).toEqual([listener.rows[1]]);
    expect(other.rows[0]).toBe(listener.rows[1]);
  });

  it("are numbered in their order for all who found them, whoever is told first", () => {
    const { rows, listener: some } = listening(new FakeClock(), word("paid"));
    const all = new Listener();
    rows.listen({ org: DEFAULT_ORG, signals: ["logs"], search: undefined }, all);
    const batches = [
      logs("shop", { body: "sent" }, { body: "paid" }),
      logs("shop", { body: "kept" }, { body: "paid" }, { body: "gone" }),
    ];
    rows.look(batches, DEFAULT_ORG)?.();
    expect(all.rows.map(({ sequence }) => sequence)).toEqual([3, 4, 5, 6, 7]);
    expect(some.rows.map(({ sequence }) => sequence)).toEqual([4, 6]);
  });

  it("beyond what is sent in a second are counted", async () => {
    const { rows, listener, clock } = listening();
    const { rowsPerSecondMax } = LIVE_LIMITS;
    rows.look([manySpans(rowsPerSecondMax + 70)], DEFAULT_ORG)?.();
    expect([listener.rows.length, listener.missed.rate]).toEqual([rowsPerSecondMax, 70]);
    await clock.advance(1_000);
    rows.look([manySpans(10)], DEFAULT_ORG)?.();
    expect([listener.rows.length, listener.missed.rate]).toEqual([rowsPerSecondMax + 10, 70]);
  });

  it("are not looked at, but counted, when looking has taken its part of the time", async () => {
    const clock = new SlowClock();
    const { rows, listener } = listening(clock);
    const batch = logs("shop", { body: "one" }, { body: "two" });
    for (let i = 0; i < 6; i++) rows.look([batch], DEFAULT_ORG)?.();
    expect(listener.missed).toEqual({ rate: 0, busy: 2 });
    clock.stepMs = 0;
    await clock.advance(10_000);
    rows.look([batch], DEFAULT_ORG)?.();
    expect([listener.rows.length, listener.missed.busy]).toEqual([12, 2]);
  });

  it("leaves metrics alone, and what is refused untold", () => {
    const { rows, listener } = listening();
    expect(rows.look([points("shop", { metric: "m" })], DEFAULT_ORG)).toBeUndefined();
    rows.look([spans("shop", { spanId: "1" })], DEFAULT_ORG);
    expect([listener.rows.length, rows.sequence]).toEqual([0, 1]);
  });

  it("are durable though looking at them fails, which is told", () => {
    const errors: unknown[] = [];
    const rows = new LiveRows(new FakeClock(), (error) => errors.push(error));
    const broken = { onRows: () => failing(new Error("full")), onMissed: () => {} };
    const listener = new Listener();
    rows.listen({ org: DEFAULT_ORG, signals: ["logs"], search: undefined }, broken);
    rows.listen({ org: DEFAULT_ORG, signals: ["logs"], search: undefined }, listener);
    rows.look([logs("shop", { body: "paid" })], DEFAULT_ORG)?.();
    expect(errors).toEqual([new Error("full")]);
    expect(listener.bodies).toEqual(["paid"]);
  });

  it("are cut when they are too large to be told of whole, down to what identifies them", () => {
    const { rows, listener } = listening();
    const long = "x".repeat(20_000);
    const many = Object.fromEntries(Array.from({ length: 128 }, (_, i) => [`key-${i}`, long]));
    rows.look(
      [logs("shop", { body: "short" }, { body: long }, { body: long, attributes: many })],
      DEFAULT_ORG,
    )?.();
    const [short, cut, bare] = listener.rows.map(({ json }) => json);
    expect(short).not.toContain("isCut");
    expect(cut).toContain('"isCut":true');
    expect(bodyOf(cut!)).toBe(long.slice(0, LIVE_LIMITS.textCharactersMax));
    expect(bare).toContain('"isCut":true');
    for (const json of [cut!, bare!]) expect(json.length).toBeLessThan(LIVE_LIMITS.rowBytesMax);
  });
});

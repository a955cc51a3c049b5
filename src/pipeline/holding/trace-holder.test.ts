import { describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import { totalRows } from "../journal/row-counts.ts";
import { SimulatedDisk } from "../journal/simulated-disk.ts";
import { logs } from "../testing/batches.ts";
import { FakeClock, settled } from "../testing/fake-clock.ts";
import {
  evenTraces,
  judging,
  type KeptSpan,
  type Life,
  openLife,
  spansIn,
  spansOf,
} from "./testing/holder-fixture.ts";

const namesOf = (spans: readonly KeptSpan[]): string[] =>
  spans.map(({ row }) => row.name).toSorted();

const isEmpty = ({ input }: Life<unknown>) => {
  const consumer = input.consumer("tail_sample");
  return (): boolean => consumer.backlog().records === 0;
};

const list = (trace: number, ...names: readonly string[]) => names.map((name) => ({ trace, name }));

describe("a holder of traces", () => {
  it("keeps whole traces from several records, with their weight, and drops whole traces", async () => {
    const clock = new FakeClock();
    const life = await openLife(judging(), { clock });
    await life.holder.start();
    await life.accept(spansOf(...list(2, "a", "b"), ...list(3, "x")));
    await life.accept(spansOf(...list(3, "y"), ...list(2, "c"), ...list(4, "d")));
    expect(await clock.advanceUntil(isEmpty(life))).toBe(true);
    const kept = await spansIn(life.store);
    expect(namesOf(kept)).toEqual(["a", "b", "c", "d"]);
    expect(kept.every(({ row }) => row.weight === 2)).toBe(true);
    const { stored, dropped } = life.input.consumer("tail_sample").counts();
    expect([totalRows(stored), totalRows(dropped)]).toEqual([4, 2]);
    expect(life.holder.statistics()).toMatchObject({
      traces_held: 0,
      traces_kept: 2,
      traces_dropped: 1,
      spans_kept: 4,
      spans_dropped: 2,
    });
    await life.holder.stop();
  });

  it("gives each span back as it was, but for its weight", async () => {
    const clock = new FakeClock();
    const life = await openLife(judging(), { clock });
    await life.holder.start();
    await life.accept(
      spansOf({
        trace: 2,
        name: "GET /",
        kind: 3,
        status: 2,
        parentSpanId: "a",
        traceState: "x=1",
        attributes: { "http.route": "/ä" },
      }),
    );
    const [before] = await spansIn(life.input.consumer("tail_sample"));
    await clock.advanceUntil(isEmpty(life));
    const [after] = await spansIn(life.store);
    expect(after).toEqual({ ...before, row: { ...before!.row, weight: 2 } });
    await life.holder.stop();
  });

  it("tells the weight where a tracestate told another", async () => {
    const clock = new FakeClock();
    const life = await openLife(judging(), { clock });
    await life.holder.start();
    await life.accept(spansOf({ trace: 2, traceState: "ot=th:8;rv:ffffffffffffff,x=1" }));
    await clock.advanceUntil(isEmpty(life));
    const [span] = await spansIn(life.store);
    expect(span!.row).toMatchObject({ weight: 4, traceState: "ot=th:c;rv:ffffffffffffff,x=1" });
    await life.holder.stop();
  });

  it("decides a trace when its time has come, and not before", async () => {
    const clock = new FakeClock();
    const life = await openLife(judging(), { clock });
    await life.holder.start();
    await life.accept(spansOf(...list(2, "a")));
    await clock.advanceUntil(() => false, 3_000);
    await life.accept(spansOf(...list(2, "b"), ...list(4, "c")));
    await clock.advanceUntil(() => false, 3_000);
    expect(namesOf(await spansIn(life.store))).toEqual(["a", "b"]);
    await clock.advanceUntil(isEmpty(life));
    expect(namesOf(await spansIn(life.store))).toEqual(["a", "b", "c"]);
    await life.holder.stop();
  });

  it("decides a trace soon after its root came, where that is wanted", async () => {
    const clock = new FakeClock();
    const bounds = { waitMs: 60_000, rootWaitMs: 1_000 };
    const life = await openLife(judging(evenTraces, bounds), { clock });
    await life.holder.start();
    await life.accept(spansOf({ trace: 2, name: "a", parentSpanId: "f" }));
    await life.accept(spansOf({ trace: 4, name: "b", parentSpanId: "f" }));
    await life.accept(spansOf({ trace: 2, name: "root" }));
    await clock.advanceUntil(() => false, 4_000);
    expect(namesOf(await spansIn(life.store))).toEqual(["a", "root"]);
    await life.holder.stop();
  });

  it("has late spans follow the decision of their trace", async () => {
    const clock = new FakeClock();
    let asked = 0;
    const decide: typeof evenTraces = (traces) => {
      asked += traces.length;
      return evenTraces(traces);
    };
    const life = await openLife(judging(decide), { clock });
    await life.holder.start();
    await life.accept(spansOf(...list(2, "a"), ...list(3, "x")));
    await clock.advanceUntil(isEmpty(life));
    await life.accept(spansOf(...list(3, "y"), ...list(2, "b", "c")));
    expect(await clock.advanceUntil(isEmpty(life), 2_000)).toBe(true);
    const kept = await spansIn(life.store);
    expect(namesOf(kept)).toEqual(["a", "b", "c"]);
    expect(kept.every(({ row }) => row.weight === 2)).toBe(true);
    expect(asked).toBe(2);
    expect(life.holder.statistics()).toMatchObject({ spans_late: 3 });
    await life.holder.stop();
  });

  it("keeps traces of one id in two organizations apart", async () => {
    const clock = new FakeClock();
    const life = await openLife(judging(), { clock });
    await life.holder.start();
    await life.accept(spansOf(...list(2, "a")), "one");
    await life.accept(spansOf(...list(2, "b")), "two");
    await clock.advanceUntil(isEmpty(life));
    const kept = await spansIn(life.store);
    expect(kept.map(({ org, row }) => `${org} ${row.name}`).toSorted()).toEqual(["one a", "two b"]);
    expect(life.holder.statistics()).toMatchObject({ traces_kept: 2 });
    await life.holder.stop();
  });

  it("waits for the time of the rows after an outage, and not for its own", async () => {
    const clock = new FakeClock();
    const disk = new SimulatedDisk();
    const first = await openLife(judging(), { clock, disk });
    await first.accept(spansOf(...list(2, "a")));
    await clock.advanceUntil(() => false, 4_000);
    await first.accept(spansOf(...list(2, "b")));
    await clock.advanceUntil(() => false, 600_000, 60_000);
    const rounds: number[][] = [];
    const life = await openLife(
      judging((traces) => {
        rounds.push(traces.map(({ spans }) => spans));
        return evenTraces(traces);
      }),
      { clock, disk: disk.afterKill() },
    );
    await life.holder.start();
    await clock.advanceUntil(isEmpty(life));
    expect(rounds).toEqual([[2]]);
    await life.holder.stop();
  });

  it("decides the oldest early when too many traces wait, and counts them", async () => {
    const clock = new FakeClock();
    const life = await openLife(judging(evenTraces, { tracesMax: 10 }), { clock });
    await life.holder.start();
    for (let trace = 2; trace < 26; trace += 2)
      await life.accept(spansOf(...list(trace, `t${trace}`)));
    const { traces_held: held, early_by_traces_max: early } = life.holder.statistics();
    expect(held).toBeLessThanOrEqual(10);
    expect(early! + held!).toBe(12);
    await settled();
    expect(namesOf(await spansIn(life.store))).toContain("t2");
    await life.holder.stop();
  });

  it("decides a trace at once that has too many spans", async () => {
    const clock = new FakeClock();
    const life = await openLife(judging(evenTraces, { spansPerTraceMax: 3 }), { clock });
    await life.holder.start();
    await life.accept(spansOf(...list(2, "a", "b"), ...list(4, "x")));
    await life.accept(spansOf(...list(2, "c", "d")));
    await life.accept(spansOf(...list(2, "e")));
    await clock.advanceUntil(() => false, 2_000);
    expect(namesOf(await spansIn(life.store))).toEqual(["a", "b", "c", "d", "e"]);
    expect(life.holder.statistics()).toMatchObject({ early_by_spans_max: 1, spans_late: 1 });
    await life.holder.stop();
  });

  it("decides the oldest early when the input has too many bytes", async () => {
    const clock = new FakeClock();
    const life = await openLife(judging(evenTraces, { waitMs: 600_000 }), {
      clock,
      bytesMax: 20_000,
    });
    await life.holder.start();
    for (let trace = 2; trace < 100; trace += 2)
      await life.accept(spansOf(...list(trace, `t${trace}`)));
    await clock.advanceUntil(() => false, 30_000);
    expect(life.input.consumer("tail_sample").backlog().bytes).toBeLessThan(20_000);
    expect(life.holder.statistics()["early_by_bytes_max"]).toBeGreaterThan(0);
    await life.holder.stop();
  });

  it("decides the oldest early when the output keeps too many bytes for their sake", async () => {
    const clock = new FakeClock();
    const bounds = { waitMs: 3_600_000, rootWaitMs: 1_000 };
    const life = await openLife(judging(evenTraces, bounds), { clock, bytesMax: 20_000 });
    await life.holder.start();
    await life.accept(spansOf({ trace: 2, name: "waits", parentSpanId: "f" }));
    await life.accept(spansOf({ trace: 4, name: "root" }));
    await clock.advanceUntil(() => false, 4_000);
    expect(namesOf(await spansIn(life.store))).toEqual(["root"]);
    for (let record = 0; record < 10; record++) {
      const pushed = life.outputCommit.push(logs("shop", { body: "x".repeat(10_000) }), "default");
      await clock.advance(20);
      await pushed;
    }
    const kept = life.output.consumer("tail_sample.settled");
    expect(await clock.advanceUntil(() => kept.backlog().bytes < 20_000, 5_000)).toBe(true);
    expect(life.holder.statistics()["early_by_bytes_max"]).toBe(1);
    await life.holder.stop();
  });

  it("writes what lets the output go on though that is at its bound for its sake", async () => {
    const clock = new FakeClock();
    const bounds = { waitMs: 30_000, rootWaitMs: 1_000 };
    const life = await openLife(judging(evenTraces, bounds), { clock, settledBytesMax: 20_000 });
    await life.holder.start();
    await life.accept(spansOf({ trace: 2, name: "waits", parentSpanId: "f" }));
    await life.accept(spansOf({ trace: 4, name: "root" }));
    await clock.advanceUntil(() => false, 4_000);
    const push = async (): Promise<string> => {
      const pushed = life.outputCommit.push(logs("shop", { body: "x".repeat(10_000) }), "default");
      const outcome = pushed.then(
        () => "taken",
        ({ code }: SightglassError) => code,
      );
      await clock.advance(20);
      return outcome;
    };
    for (let record = 0; record < 10 && (await push()) === "taken"; record++);
    expect(await push()).toBe("overloaded");
    await clock.advanceUntil(() => false, 30_000);
    expect(namesOf(await spansIn(life.store))).toEqual(["root", "waits"]);
    expect(await push()).toBe("taken");
    await life.holder.stop();
  });

  it("decides all that is there when it is drained", async () => {
    const clock = new FakeClock();
    const life = await openLife(judging(evenTraces, { waitMs: 600_000 }), { clock });
    await life.holder.start();
    await life.accept(spansOf(...list(2, "a"), ...list(3, "x")));
    let isDrained = false;
    void life.holder.drain().then(() => (isDrained = true));
    expect(await clock.advanceUntil(() => isDrained, 5_000)).toBe(true);
    expect(isEmpty(life)()).toBe(true);
    expect(namesOf(await spansIn(life.store))).toEqual(["a"]);
    await life.holder.stop();
  });

  it("goes on where it stopped, with what waited", async () => {
    const clock = new FakeClock();
    const disk = new SimulatedDisk();
    const first = await openLife(judging(), { clock, disk });
    await first.holder.start();
    await first.accept(spansOf(...list(2, "a"), ...list(3, "x")));
    await clock.advanceUntil(() => false, 3_000);
    await first.holder.stop();
    await first.input.close();
    await first.output.close();
    const life = await openLife(judging(), { clock, disk });
    await life.holder.start();
    await life.accept(spansOf(...list(2, "b")));
    await clock.advanceUntil(isEmpty(life));
    expect(namesOf(await spansIn(life.store))).toEqual(["a", "b"]);
    await life.holder.stop();
  });

  it("waits while the output takes nothing, and loses nothing", async () => {
    const clock = new FakeClock();
    const life = await openLife(judging(), { clock });
    const { outputCommit } = life;
    const pushRecord = outputCommit.pushRecord.bind(outputCommit);
    let refusals = 0;
    outputCommit.pushRecord = (batch, org, note) => {
      if (refusals++ < 4) return Promise.reject(new SightglassError("overloaded", "full"));
      return pushRecord(batch, org, note);
    };
    await life.holder.start();
    await life.accept(spansOf(...list(2, "a")));
    expect(await clock.advanceUntil(isEmpty(life))).toBe(true);
    expect(namesOf(await spansIn(life.store))).toEqual(["a"]);
    expect(life.events.map(({ kind }) => kind)).toEqual(["retry", "retry", "retry", "retry"]);
    await life.holder.stop();
  });

  it("reports a record that is not readable, counts its rows as dropped and goes on", async () => {
    const clock = new FakeClock();
    const life = await openLife(judging(), { clock });
    await life.holder.start();
    await life.input.append({ signal: "traces", rows: 3, payload: [Buffer.from("no payload")] });
    await life.accept(spansOf(...list(2, "a")));
    await clock.advanceUntil(isEmpty(life));
    expect(namesOf(await spansIn(life.store))).toEqual(["a"]);
    expect(life.events).toMatchObject([{ kind: "unreadable", rows: 3 }]);
    expect(totalRows(life.input.consumer("tail_sample").counts().dropped)).toBe(3);
    await life.holder.stop();
  });

  it("lets the output's records go when they are not needed any more", async () => {
    const clock = new FakeClock();
    const life = await openLife(judging(), { clock });
    await life.holder.start();
    for (let trace = 2; trace < 60; trace += 2) {
      await life.accept(spansOf(...list(trace, `t${trace}`)));
      await clock.advanceUntil(() => false, 1_000);
    }
    await clock.advanceUntil(isEmpty(life));
    await clock.advanceUntil(() => false, 2_000);
    const settledConsumer = life.output.consumer("tail_sample.settled");
    expect(settledConsumer.backlog().records).toBe(0);
    await life.holder.stop();
  });

  it("does not take the rows of a journal that was made anew for settled", async () => {
    const clock = new FakeClock();
    const disk = new SimulatedDisk();
    const first = await openLife(judging(), { clock, disk });
    await first.holder.start();
    for (let trace = 2; trace < 22; trace += 2)
      await first.accept(spansOf(...list(trace, `old${trace}`)));
    // The last trace waits, so that what settled the others stays needed.
    await clock.advanceUntil(() => false, 4_900);
    const left = disk.afterKill();
    for (const path of left.paths())
      if (path.startsWith("/journal/main.tail_sample/")) left.delete(path);
    const life = await openLife(judging(), { clock, disk: left });
    await life.holder.start();
    await life.accept(spansOf(...list(2, "new2"), ...list(20, "new20")));
    await clock.advanceUntil(isEmpty(life));
    const names = namesOf(await spansIn(life.store));
    expect(names.filter((name) => name.startsWith("new"))).toEqual(["new2", "new20"]);
    await life.holder.stop();
  });
});

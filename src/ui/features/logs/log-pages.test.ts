import type { LogHistogramAnswer, StoredLogRecord } from "#api/contract/logs.ts";
import { formatTime } from "#core/time.ts";
import { describe, expect, it } from "vitest";
import { LogIndex, type Stretch } from "./log-index.ts";
import { LogPages, type LogQuestions } from "./log-pages.ts";

const T0 = 1_790_000_000_000_000_000n;
const MS = 1_000_000n;

/** A list of records that come at times of our choice, asked for as the server answers. */
class Records implements LogQuestions {
  readonly asked: string[] = [];
  readonly times: readonly bigint[];

  constructor(times: readonly bigint[]) {
    this.times = times.toSorted((a, b) => (a < b ? 1 : -1));
  }

  count(range: Pick<Stretch, "fromNs" | "toNs">, steps: number): LogHistogramAnswer {
    const spanNs = range.toNs - range.fromNs;
    const stepNs = spanNs / BigInt(steps) + 1n;
    const counts = new Map<bigint, number>();
    for (const time of this.within(range)) {
      const step = (time / stepNs) * stepNs;
      counts.set(step, (counts.get(step) ?? 0) + 1);
    }
    const data = [...counts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([step, count]) => ({ time: formatTime(step), count, levels: {} }));
    return { stepMs: Number(stepNs) / 1e6, total: this.within(range).length, data };
  }

  async counts(stretch: Stretch, steps: number): Promise<LogHistogramAnswer> {
    this.asked.push(`counts ${stretch.count}`);
    return this.count(stretch, steps);
  }

  async rows(stretch: Stretch, { limit, cursor }: { limit: number; cursor: string | undefined }) {
    this.asked.push(`rows ${stretch.count}`);
    const from = Number(cursor ?? 0);
    const found = this.within(stretch);
    const data = found
      .slice(from, from + limit)
      .map((time, n) => ({ id: `${time}-${from + n}`, time: formatTime(time) }) as StoredLogRecord);
    return { data, nextCursor: from + limit < found.length ? String(from + limit) : null };
  }

  private within({ fromNs, toNs }: Pick<Stretch, "fromNs" | "toNs">): bigint[] {
    return this.times.filter((time) => time >= fromNs && time <= toNs);
  }
}

function listOf(times: readonly bigint[]) {
  const records = new Records(times);
  const range = { fromNs: T0, toNs: T0 + 3_600_000n * MS };
  const index = new LogIndex(range, records.count(range, 60));
  const failures: unknown[] = [];
  const pages = new LogPages(index, records, (failure) => {
    if (failure !== undefined) failures.push(failure);
  });
  return { records, pages, failures, index };
}

const even = (count: number): bigint[] =>
  Array.from({ length: count }, (_, n) => T0 + (BigInt(n) * 3_599_999n * MS) / BigInt(count));

async function shown(list: ReturnType<typeof listOf>, first: number, end: number) {
  list.pages.show(first, end);
  await expect
    .poll(() => {
      for (let n = first; n < end; n++) if (list.pages.row(n) === undefined) return false;
      return true;
    })
    .toBe(true);
  return Array.from({ length: end - first }, (_, n) => list.pages.row(first + n)!.time);
}

describe("LogPages", () => {
  it("has any row of a long list at its number, asking for little", async () => {
    const list = listOf(even(60_000));
    expect(list.pages.total).toBe(60_000);
    for (const first of [0, 31_234, 59_960, 7]) {
      const times = await shown(list, first, first + 40);
      expect(times).toEqual(list.records.times.slice(first, first + 40).map(formatTime));
    }
    // Four places, each a cut and a page or two.
    expect(list.records.asked.length).toBeLessThan(16);
  });

  it("cuts a burst until its rows can be read, and reads those of one moment by cursor", async () => {
    const burst = Array.from({ length: 5_000 }, (_, n) => T0 + 1_000n * MS + BigInt(n % 50));
    const moment = Array.from({ length: 1_500 }, () => T0 + 2_000_000n * MS);
    const list = listOf([...even(100), ...burst, ...moment]);
    const { times } = list.records;
    for (const first of [0, 50, 1_540, 1_600, 4_000, 6_560])
      expect(await shown(list, first, first + 40)).toEqual(
        times.slice(first, first + 40).map(formatTime),
      );
  });

  it("leaves what has been scrolled past", async () => {
    const list = listOf(even(60_000));
    const signals: AbortSignal[] = [];
    const { records } = list;
    const pages = new LogPages(
      list.index,
      {
        counts: (stretch, steps, cancel) => {
          signals.push(cancel);
          return signals.length === 1 ? new Promise(() => {}) : records.counts(stretch, steps);
        },
        rows: (stretch, page) => records.rows(stretch, page),
      },
      () => {},
    );
    pages.show(1_500, 1_520);
    pages.show(50_000, 50_020);
    expect(signals[0]!.aborted).toBe(true);
    await expect.poll(() => pages.row(50_000)?.time).toBe(formatTime(records.times[50_000]!));
  });

  it("keeps a bounded number of pages, those that were shown last", async () => {
    const list = listOf(even(100_000));
    for (let first = 0; first < 100_000; first += 1_500) await shown(list, first, first + 20);
    expect(list.pages.loaded(100_000).length).toBeLessThanOrEqual(40 * 400);
    expect(list.pages.row(99_010)).toBeDefined();
    expect(list.pages.row(0)).toBeUndefined();
  });

  it("corrects what was counted by what is there", async () => {
    const list = listOf(even(300));
    const { records } = list;
    const fewer = new Records(records.times.slice(3));
    const pages = new LogPages(list.index, fewer, () => {});
    pages.show(0, 10);
    await expect.poll(() => pages.total).toBe(297);
  });

  it("tells of what fails, gives up after some attempts, and tries again when told", async () => {
    const list = listOf(even(100));
    let isDown = true;
    const told: unknown[] = [];
    const pages = new LogPages(
      list.index,
      {
        counts: (stretch, steps) => list.records.counts(stretch, steps),
        rows: (stretch, page) =>
          isDown ? Promise.reject(new Error("down")) : list.records.rows(stretch, page),
      },
      (failure) => {
        if (failure !== undefined) told.push(failure);
      },
    );
    pages.show(0, 1);
    await expect.poll(() => told.length).toBe(3);
    isDown = false;
    pages.retry();
    await expect.poll(() => pages.row(0)).toBeDefined();
  });

  it("finds a row that is there by its id, and the row of a time", async () => {
    const list = listOf(even(60_000));
    await shown(list, 30_000, 30_020);
    const { id } = list.pages.row(30_007)!;
    expect(list.pages.find(id)).toBe(30_007);
    expect(list.pages.find("nothing")).toBeUndefined();
    expect(Math.abs(list.index.rowAt(list.records.times[45_000]!) - 45_000)).toBeLessThan(40);
    expect(list.index.rowAt(T0 - 5n)).toBe(59_999);
    expect(list.index.rowAt(T0 + 9_999_999n * MS)).toBe(0);
  });
});

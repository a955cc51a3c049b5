import { describe, expect, test } from "vitest";
import type { MetricAnswer } from "../../lib/api/metrics.ts";
import { drawnView, type QueryOutcome, type ViewOutcome } from "./metric-lines.ts";
import { type MetricsView, plainQuery, type QueryId, viewOf } from "./metric-view.ts";

const FROM = Date.parse("2026-11-21T09:00:00Z");
const at = (minutes: number): string => new Date(FROM + minutes * 60_000).toISOString();

type Line = MetricAnswer["data"][0];
const line = (
  labels: Record<string, string>,
  values: number[],
  more: Partial<Line> = {},
): Line => ({
  labels,
  points: values.map((value, minute) => [at(minute), value]),
  exemplars: [],
  ...more,
});

const answer = (data: Line[], more: Partial<MetricAnswer> = {}): MetricAnswer => ({
  name: "duration",
  type: "histogram",
  unit: "ms",
  aggregation: "p95",
  stepMs: 60_000,
  resolutionMs: 60_000,
  data,
  truncated: false,
  ...more,
});

const outcome = (
  id: QueryId,
  one: MetricAnswer,
  more: Partial<QueryOutcome> = {},
): QueryOutcome => ({
  query: plainQuery(id, one.name),
  answer: one,
  failure: undefined,
  before: undefined,
  ...more,
});

const over = (queries: readonly QueryOutcome[]): ViewOutcome => ({
  fromMs: FROM,
  toMs: FROM + 120_000,
  queries,
});

const view = (queries: readonly QueryOutcome[], more: Partial<MetricsView> = {}): MetricsView => ({
  ...viewOf({}),
  queries: queries.map(({ query }) => query),
  ...more,
});

describe("what a view draws", () => {
  test("is a value for each step, with gaps where there is none", () => {
    const queries = [outcome("a", answer([line({}, [1, 2])]))];
    const drawn = drawnView(view(queries), over(queries));
    expect(drawn.times).toEqual([FROM / 1_000, FROM / 1_000 + 60, FROM / 1_000 + 120]);
    expect(drawn.groups).toEqual([
      {
        title: "duration",
        unit: "ms",
        lines: [{ name: "duration", values: [1, 2, null], isDashed: false }],
        exemplars: [],
      },
    ]);
  });

  test("goes on over a single step without a value, and has a gap over more", () => {
    const data = [line({}, [])];
    data[0]!.points.push([at(0), 1], [at(2), 3], [at(5), 6]);
    const queries = [outcome("a", answer(data))];
    const drawn = drawnView(view(queries), { ...over(queries), toMs: FROM + 300_000 });
    expect(drawn.groups[0]!.lines[0]!.values).toEqual([1, undefined, 3, null, null, 6]);
  });

  test("has the lines with the highest averages, and tells of the rest", () => {
    const data = [1, 5, 3].map((value) => line({ host: `h${value}` }, [value]));
    const queries = [outcome("a", answer(data, { truncated: true }))];
    const drawn = drawnView(view(queries, { top: 2 }), over(queries));
    expect(drawn.groups[0]!.lines.map(({ name }) => name)).toEqual(["h5", "h3"]);
    expect([drawn.left, drawn.isTruncated]).toEqual([1, true]);
  });

  test("has a chart for each unit, and says of each line whose it is", () => {
    const queries = [
      outcome("a", answer([line({ s: "x" }, [1])])),
      outcome("b", answer([line({ s: "x" }, [2])], { aggregation: "rate" })),
      outcome("c", answer([line({}, [3])])),
    ];
    const drawn = drawnView(view(queries), over(queries));
    expect(drawn.groups.map(({ unit, lines }) => [unit, lines.map(({ name }) => name)])).toEqual([
      ["ms", ["A · x", "C · duration"]],
      ["1/s", ["B · x"]],
    ]);
  });

  test("leaves out hidden queries, which formulas use all the same", () => {
    const hidden = { query: { ...plainQuery("a", "errors"), isHidden: true } };
    const queries = [
      outcome("a", answer([line({ s: "x" }, [1])]), hidden),
      outcome("b", answer([line({ s: "x" }, [4])])),
    ];
    const drawn = drawnView(
      view(queries, { formulas: ["a / b * 100", "a +"], unit: "%" }),
      over(queries),
    );
    expect(
      drawn.groups.map(({ unit, lines }) => [unit, lines[0]!.name, lines[0]!.values[0]]),
    ).toEqual([
      ["ms", "B · x", 4],
      ["%", "a / b * 100 · x", 25],
    ]);
    expect([...drawn.faults.keys()]).toEqual([1]);
    expect(drawn.faults.get(1)!.at).toEqual({ from: 3, to: 3 });
  });

  test("puts the time before under the same steps, dashed", () => {
    const shiftMs = 86_400_000;
    const earlier = line({}, []);
    earlier.points.push([new Date(FROM - shiftMs + 60_000).toISOString(), 7]);
    const queries = [
      outcome("a", answer([line({}, [1, 2])]), { before: { answer: answer([earlier]), shiftMs } }),
    ];
    const drawn = drawnView(view(queries, { comparison: "day" }), over(queries));
    expect(drawn.groups[0]!.lines[1]).toEqual({
      name: "duration (before)",
      values: [null, 7, null],
      isDashed: true,
    });
  });

  test("marks exemplars at their value, and those of a counter on its line", () => {
    const exemplars = [
      { time: at(1), value: 42, traceId: "a".repeat(32), spanId: null, attributes: {} },
      { time: at(1), value: 43, traceId: null, spanId: null, attributes: {} },
    ];
    const data = [line({}, [1, 2, 3], { exemplars })];
    const valuesOf = (one: MetricAnswer): number[] => {
      const queries = [outcome("a", one)];
      return drawnView(view(queries), over(queries)).groups[0]!.exemplars.map(({ value }) => value);
    };
    expect(valuesOf(answer(data))).toEqual([42]);
    expect(valuesOf(answer(data, { type: "sum", aggregation: "rate" }))).toEqual([2]);
  });

  test("keeps both extremes of each pixel of a line that was thinned out", () => {
    const data = [line({}, [])];
    const seconds = [0, 20, 70, 118];
    data[0]!.points.push(
      ...seconds.map((second, place): [string, number] => [
        new Date(FROM + second * 1_000).toISOString(),
        [5, 1, 7, 3][place]!,
      ]),
    );
    const queries = [outcome("a", answer(data, { stepMs: 1_000, resolutionMs: 30_000 }))];
    const drawn = drawnView(view(queries), over(queries));
    expect(drawn.times.map((time) => time - FROM / 1_000)).toEqual([
      0, 15, 30, 45, 60, 75, 90, 105,
    ]);
    expect(drawn.groups[0]!.lines[0]!.values).toEqual([5, 1, null, null, 7, 7, 3, 3]);
  });

  test("is nothing but the queries that were answered", () => {
    const queries = [
      outcome("a", answer([]), { answer: undefined }),
      outcome("b", answer([line({}, [1])])),
    ];
    expect(drawnView(view(queries), over(queries)).groups).toHaveLength(1);
  });
});

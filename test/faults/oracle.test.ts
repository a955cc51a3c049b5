import { describe, expect, it } from "vitest";
import { Random } from "#app/demo/random.ts";
import { type Fate, IdOracle, ROWS_PER_REQUEST } from "./id-oracle.ts";
import { judge, type StoredIds } from "./stored-ids.ts";

const whole = [ROWS_PER_REQUEST, ROWS_PER_REQUEST] as const;

function oracleOf(fates: Record<string, Fate>): IdOracle {
  const oracle = new IdOracle(new Random(1));
  for (const [id, fate] of Object.entries(fates)) oracle.fates.traces.set(id, fate);
  return oracle;
}

function storedOf(traces: StoredIds["traces"], counted?: StoredIds["traces"]): StoredIds {
  const spans = Object.values(traces).reduce((sum, [rows]) => sum + rows, 0);
  return {
    traces,
    logs: {},
    metrics: {},
    traceIndex: counted ?? traces,
    spans,
    spansInTraceIndex: spans,
    spansInKpis: spans,
    texts: {},
    oracleSpansInViews: { span_kpis_1h: spans },
  };
}

const verdictOf = (oracle: IdOracle, stored: StoredIds, signal: "traces" | "views") =>
  judge(oracle, stored).find((verdict) => verdict.signal === signal);

describe("the oracle of the fault tests", () => {
  it("is content with every acknowledged row once, whatever became of the unanswered ones", () => {
    const oracle = oracleOf({ a: "acknowledged", b: "unknown", c: "unknown", d: "refused" });
    const verdict = verdictOf(oracle, storedOf({ a: whole, b: whole }), "traces");
    expect(verdict).toMatchObject({
      acknowledged: 100,
      stored: 200,
      lost: 0,
      duplicated: 0,
      torn: 0,
    });
  });

  it("finds what was lost, wholly or in part", () => {
    const oracle = oracleOf({ a: "acknowledged", b: "acknowledged" });
    expect(verdictOf(oracle, storedOf({ b: [40, 40] }), "traces")).toMatchObject({ lost: 160 });
  });

  it("finds what is stored twice, and what was refused and is there all the same", () => {
    const oracle = oracleOf({ a: "acknowledged", b: "unknown", c: "refused" });
    const stored = storedOf({ a: [200, 100], b: [200, 100], c: whole });
    expect(verdictOf(oracle, stored, "traces")).toMatchObject({ lost: 0, duplicated: 300 });
  });

  it("finds an unanswered request of which only a part is stored", () => {
    const stored = storedOf({ a: [40, 40] });
    expect(verdictOf(oracleOf({ a: "unknown" }), stored, "traces")).toMatchObject({ torn: 40 });
  });

  it("finds a view that has counted more or less than its table has", () => {
    const oracle = oracleOf({ a: "acknowledged" });
    const more = storedOf({ a: whole }, { a: [200, 200] });
    expect(verdictOf(oracle, more, "views")).toMatchObject({ lost: 0, duplicated: 100 });
    const fewer = { ...storedOf({ a: whole }), spansInKpis: 70 };
    expect(verdictOf(oracle, fewer, "views")).toMatchObject({ lost: 30, duplicated: 0 });
    const byTheHour = { ...storedOf({ a: whole }), oracleSpansInViews: { span_kpis_1h: 110 } };
    expect(verdictOf(oracle, byTheHour, "views")).toMatchObject({ lost: 0, duplicated: 10 });
  });
});

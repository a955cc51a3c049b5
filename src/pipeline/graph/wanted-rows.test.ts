import { describe, expect, it } from "vitest";
import { ATTRIBUTE_TYPES, Resource, Scope } from "#core/attributes.ts";
import { logRow, type LogRow, spanRow } from "#core/row-views.ts";
import type { Row } from "../delivery/delivery.ts";
import { batchOf } from "../expression/testing/any-batch.ts";
import type { LogBatch } from "#core/log-batch.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { isForeign } from "./foreign-rows.ts";
import { wantedRows } from "./wanted-rows.ts";

function log(service: string, severityNumber: number): Row & { kind: "log" } {
  const record = {
    timeUnixNano: "1750000000000000000",
    severityNumber,
    body: { stringValue: "x" },
  };
  const request = { resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] };
  const name = { key: "service.name", value: service, type: ATTRIBUTE_TYPES.string };
  const usual: LogRow = logRow(batchOf("logs", request) as LogBatch, 0);
  const origin = { resource: new Resource([name]), scope: new Scope("", "") };
  return { kind: "log", row: { ...usual, ...origin } };
}

function span(): Row {
  const one = {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    name: "x",
    startTimeUnixNano: "1750000000000000000",
    endTimeUnixNano: "1750000000000000000",
  };
  const request = { resourceSpans: [{ scopeSpans: [{ spans: [one] }] }] };
  return { kind: "span", row: spanRow(batchOf("traces", request) as SpanBatch, 0) };
}

describe("the rows that a destination is given", () => {
  it("are all where nothing says otherwise", () => {
    expect(wantedRows({})).toEqual({ isWanted: undefined, wantedMark: "" });
  });

  it("are none of Sightglass's own, whatever it wants", () => {
    const { isWanted } = wantedRows({ when: "true", isWanted: () => true }, isForeign);
    expect([isWanted!(log("web", 9)), isWanted!(log("sightglass", 9))]).toEqual([true, false]);
  });

  it("are those for which its condition is true, and of signals that have its fields", () => {
    const { isWanted } = wantedRows({ when: "severity_number >= SEVERITY_NUMBER_ERROR" });
    const rows = [log("web", 17), log("web", 16), span()];
    expect(rows.map((row) => isWanted!(row))).toEqual([true, false, false]);
    const ofService = wantedRows({ when: 'resource.attributes["service.name"] == "web"' });
    expect(ofService.isWanted!(log("web", 1))).toBe(true);
    expect(ofService.isWanted!(span())).toBe(false);
  });

  it("are told apart by a mark that only another condition changes", () => {
    const marks = ["kind == 1", "kind == 1", "kind == 2"].map((when) => wantedRows({ when }));
    const [one, same, other] = marks.map(({ wantedMark }) => wantedMark);
    expect(one).toMatch(/^-[0-9a-f]{8}$/);
    expect([same === one, other === one]).toEqual([true, false]);
  });
});

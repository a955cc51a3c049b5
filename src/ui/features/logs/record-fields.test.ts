import type { LogRecord } from "#api/contract/logs.ts";
import { describe, expect, it } from "vitest";
import { columnText, recordFields } from "./record-fields.ts";

const record: LogRecord = {
  time: "2026-11-21T09:00:00.000000001Z",
  observedTime: null,
  service: "cart",
  severity: "warn",
  severityNumber: 13,
  severityText: "WARNING",
  body: "slow",
  eventName: "",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: null,
  attributes: { "http.route": "/cart", n: 5, list: [1, 2] },
  resource: { "service.name": "cart", zone: "eu" },
  scope: { name: "lib", version: "1", attributes: {} },
};

describe("recordFields", () => {
  it("has every field once, with what a search can ask for", () => {
    const fields = recordFields(record).flatMap((group) => group.fields);
    expect(
      fields.filter((field) => field.isSearchable).map(({ name, text }) => [name, text]),
    ).toEqual([
      ["service", "cart"],
      ["severity", "warn"],
      ["trace_id", record.traceId],
      ["http.route", "/cart"],
      ["n", "5"],
      ["service.name", "cart"],
      ["zone", "eu"],
      ["scope", "lib"],
    ]);
    expect(fields.find(({ name }) => name === "list")).toMatchObject({
      isSearchable: false,
      text: "[1,2]",
    });
  });
});

describe("columnText", () => {
  it.each([
    ["service", "cart"],
    ["trace_id", "0af7651916cd43dd8448eb211c80319c"],
    ["scope", "lib"],
    ["http.route", "/cart"],
    ["zone", "eu"],
    ["missing", ""],
    ["toString", ""],
  ])("of %s is %j", (column, text) => {
    expect(columnText(record, column)).toBe(text);
  });
});

import type { LogRecord } from "#api/contract/logs.ts";
import { describe, expect, it } from "vitest";
import { columnText, lineText, recordFields } from "./record-fields.ts";

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

describe("lineText", () => {
  it.each([
    ["plain", "plain"],
    ["\u001b[31mred\u001b[0m text", "red text"],
    [{ a: 1 }, '{"a":1}'],
    [7, "7"],
    ['{"level":"info","msg":"GET /cart","n":1}', "GET /cart"],
    [{ message: "paid", n: 1 }, "paid"],
    ['{"msg":', '{"msg":'],
    ['{"msg":7}', '{"msg":7}'],
  ])("says of the body %j in a line %j", (body, line) => {
    expect(lineText({ ...record, body })).toBe(line);
  });

  it("is the name of an event without a body", () => {
    expect(lineText({ ...record, body: null, eventName: "user.login" })).toBe("user.login");
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

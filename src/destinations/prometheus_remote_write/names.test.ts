import { describe, expect, it } from "vitest";
import type { MetricDescriptor } from "#core/attributes.ts";
import { labelName, metricName, unitName } from "./names.ts";

function metric(
  name: string,
  unit = "",
  type: "gauge" | "counter" | "sum" | "histogram" = "gauge",
) {
  const isSum = type === "counter" || type === "sum";
  const descriptor: MetricDescriptor = {
    name,
    unit,
    description: "",
    type: isSum ? "sum" : type,
    temporality: 2,
    monotonic: type === "counter",
  };
  return descriptor;
}

describe("a metric's name", () => {
  it.each([
    ["http.server.duration", "s", "histogram", "http_server_duration_seconds"],
    ["http.server.duration.seconds", "s", "histogram", "http_server_duration_seconds"],
    ["system.memory.usage", "By", "gauge", "system_memory_usage_bytes"],
    ["requests.total.count", "{request}", "counter", "requests_count_total"],
    ["system.io", "By", "counter", "system_io_bytes_total"],
    ["throughput", "By/s", "gauge", "throughput_bytes_per_second"],
    ["used", "1", "gauge", "used_ratio"],
    ["used", "1", "sum", "used_ratio"],
    ["used", "1", "counter", "used_total"],
    ["connections", "", "sum", "connections"],
    ["events", "{event}/s", "gauge", "events_per_second"],
    ["2fast__2furious", "", "gauge", "_2fast_2furious"],
    ["ns:rule", "", "gauge", "ns:rule"],
    ["größe", "", "gauge", "gr_e"],
    ["...", "", "gauge", ""],
    ["speed", "km/h", "gauge", "speed_km_per_hour"],
    ["load", "foo.bar", "gauge", "load_foo_bar"],
  ] as const)("%s in %j (%s) is %s", (name, unit, type, expected) => {
    expect(metricName(metric(name, unit, type), "UnderscoreEscapingWithSuffixes")).toBe(expected);
  });

  it.each([
    ["UnderscoreEscapingWithoutSuffixes", "http_server_duration"],
    ["NoUTF8EscapingWithSuffixes", "http.server.duration_seconds"],
    ["NoTranslation", "http.server.duration"],
  ] as const)("by %s is %s", (translation, expected) => {
    expect(metricName(metric("http.server.duration", "s", "histogram"), translation)).toBe(
      expected,
    );
  });

  it.each([
    ["requests_total", "", "counter", "requests_total"],
    ["requests", "{request}/s", "counter", "requests_per_second_total"],
    ["io.bytes", "By", "counter", "io.bytes_total"],
    ["used_ratio", "1", "gauge", "used_ratio"],
  ] as const)("with suffixes only: %s in %j (%s) is %s", (name, unit, type, expected) => {
    expect(metricName(metric(name, unit, type), "NoUTF8EscapingWithSuffixes")).toBe(expected);
  });
});

it.each([
  ["By/s", "bytes_per_second"],
  ["1", ""],
  ["{request}", ""],
  ["%", "percent"],
  ["parsec", "parsec"],
])("the unit %s is %j", (unit, expected) => {
  expect(unitName(unit)).toBe(expected);
});

describe("a label's name", () => {
  it.each([
    ["http.method", "http_method"],
    ["1st", "key_1st"],
    ["_private", "key_private"],
    ["__name__", "key__name__"],
    ["a..b", "a_b"],
    ["___", ""],
    ["…", ""],
  ])("%s is %j", (key, expected) => {
    expect(labelName(key, "UnderscoreEscapingWithSuffixes")).toBe(expected);
  });

  it("is left as it is where UTF-8 may be, but never Prometheus' own", () => {
    expect(labelName("http.méthod", "NoTranslation")).toBe("http.méthod");
    expect(labelName("__name__", "NoTranslation")).toBe("key__name__");
  });
});

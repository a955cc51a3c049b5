import { describe, expect, it } from "vitest";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { logRowOf } from "#pipeline/delivery/testing/delivery-fixture.ts";
import { IndexNames, whyNoIndexPattern } from "./index-names.ts";
import { elasticsearchSettings } from "./settings.ts";

function logAt(text: string, observed = 0): Row {
  const time = BigInt(Date.parse(text)) * 1_000_000n;
  const observedTime = BigInt(observed) * 1_000_000n;
  return { kind: "log", row: { ...logRowOf(""), time, observedTime } };
}

describe("names of indices", () => {
  it("are of a row's own time in UTC, whatever its neighbours'", () => {
    const names = new IndexNames("app-{signal}-{yyyy.MM.dd}-{HH}");
    const times = ["2025-11-27T23:59:59.999Z", "2025-11-28T00:00:00Z", "2025-11-27T23:00:00Z"];
    expect(times.map((time) => names.of(logAt(time), "default"))).toEqual([
      "app-logs-2025.11.27-23",
      "app-logs-2025.11.28-00",
      "app-logs-2025.11.27-23",
    ]);
  });

  it("are of the time at which a record was observed where it has no other", () => {
    const names = new IndexNames("{yyyy}");
    const row = logAt("1970-01-01T00:00:00Z", Date.UTC(2025, 0, 1));
    expect(names.of(row, "default")).toBe("2025");
  });

  it("may have the organization, as far as names can", () => {
    const names = new IndexNames("{org}-{signal}");
    const row = logAt("2025-11-27T00:00:00Z");
    expect(names.of(row, "Acme/Ü")).toBe("acme__-logs");
    expect(names.of(row, "other")).toBe("other-logs");
  });

  it("fit one wildcard", () => {
    expect(new IndexNames("sightglass-{signal}-{yyyy.MM.dd}").wildcard).toBe("sightglass-*-*");
    expect(new IndexNames("a-{yyyy}{MM}").wildcard).toBe("a-*");
  });

  it.each([
    "",
    "Upper",
    "a b",
    "_a",
    "-a",
    "a/{signal}",
    "a-{unknown}",
    "a-{yyyy",
    "a*",
    "a,b",
    "a-{}",
  ])("%j is no pattern of them", (pattern) => {
    expect(whyNoIndexPattern(pattern)).toMatch(/lower-case letters|is not known here|no other/);
  });
});

describe("settings", () => {
  const given = { endpoints: ["https://a.example.com"] };
  const messageOf = (more: object): string =>
    elasticsearchSettings.safeParse({ ...given, ...more }).error?.message ?? "";

  it("have a default for all but the endpoints", () => {
    expect(elasticsearchSettings.parse(given)).toMatchObject({
      operation: "create",
      documents: "otel",
      installTemplate: true,
    });
    expect(elasticsearchSettings.safeParse({}).success).toBe(false);
  });

  it("say what does not go together", () => {
    expect(messageOf({ username: "a" })).toMatch(/username and password go together/);
    expect(messageOf({ apiKey: "a", token: "b" })).toMatch(/only one of apiKey/);
    expect(messageOf({ dataStreams: true, operation: "index" })).toMatch(/only know create/);
    expect(messageOf({ dataStreams: true, index: "a-{yyyy}" })).toMatch(/rolls over by itself/);
    expect(messageOf({ dataStreams: true, index: "a-{signal}" })).toBe("");
    expect(messageOf({ index: "A" })).toMatch(/lower-case letters/);
    expect(messageOf({ index: "a-{service.name}" })).toMatch(
      /\{service\.name\} is not known here; there are \{signal\}, \{org\}/,
    );
    expect(messageOf({ unknown: 1 })).toMatch(/unknown/);
  });
});

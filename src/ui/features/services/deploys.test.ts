import type { ServiceResource } from "#api/contract/services.ts";
import { expect, test } from "vitest";
import { deploysOf } from "./deploys.ts";

const START = Date.parse("2026-11-21T09:00:00Z");

function resource(version: string | undefined, minute: number | undefined): ServiceResource {
  const at = minute === undefined ? null : new Date(START + minute * 60_000).toISOString();
  return {
    resourceId: `${version}-${minute}`,
    attributes: version === undefined ? {} : { "service.version": version },
    firstDay: "2026-11-21",
    lastDay: "2026-11-21",
    spans: at === null ? 0 : 10,
    firstSpan: at,
    lastSpan: at,
  };
}

test("finds when another version came up, by its first instance", () => {
  const resources = [
    resource("1.0", 0),
    resource("1.0", 20),
    resource("1.1", 32),
    resource("1.1", 30),
    resource("1.2", 50),
  ];
  expect(deploysOf(resources)).toEqual([
    { version: "1.1", atMs: START + 30 * 60_000 },
    { version: "1.2", atMs: START + 50 * 60_000 },
  ]);
});

test("takes versions that ran side by side from the start for no deployment", () => {
  expect(deploysOf([resource("1.0", 0), resource("1.1", 0.5)])).toEqual([]);
});

test("finds none without versions or spans", () => {
  expect(deploysOf([])).toEqual([]);
  expect(deploysOf([resource(undefined, 0), resource("", 9), resource("2.0", undefined)])).toEqual(
    [],
  );
});

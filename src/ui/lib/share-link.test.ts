import { expect, test } from "vitest";
import { keptAddress, sharedAddress } from "./share-link.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const shared = (path: string, isRanged = true): string =>
  sharedAddress(new URL(path, "http://glass.example"), isRanged, NOW);

test("a shared link stands still: the range up to now is said in UTC", () => {
  expect(shared("/traces?range=15m&q=service%3Acart&live=off&zone=Europe%2FLondon")).toBe(
    "http://glass.example/traces?q=service%3Acart&zone=Europe%2FLondon&from=2026-11-21T11%3A45%3A00.000Z&to=2026-11-21T12%3A00%3A00.000Z",
  );
  expect(new URL(shared("/")).searchParams.get("from")).toBe("2026-11-21T11:00:00.000Z");
});

test("a shared range between two moments stays what it is, in UTC", () => {
  const url = new URL(shared("/logs?from=2026-11-20T08:00:00%2B02:00&to=2026-11-20T09:00:00Z"));
  expect(url.searchParams.get("from")).toBe("2026-11-20T06:00:00.000Z");
});

test("a link to a page that looks at no range has none", () => {
  expect(shared("/traces/0123?range=6h&span=4567", false)).toBe(
    "http://glass.example/traces/0123?span=4567",
  );
});

test("names that come several times are all kept", () => {
  expect(shared("/metrics?by=a&by=b", false)).toBe("http://glass.example/metrics?by=a&by=b");
});

test("a saved view follows the time if it did, and stands still if it stood", () => {
  const kept = (path: string): string => keptAddress(new URL(path, "http://glass.example"));
  expect(kept("/traces?range=15m&live=off&q=a")).toBe("/traces?range=15m&q=a");
  expect(kept("/traces?q=a")).toBe("/traces?q=a");
  expect(kept("/?from=2026-11-20T08:00:00Z&to=2026-11-20T09:00:00Z")).toBe(
    "/?from=2026-11-20T08%3A00%3A00.000Z&to=2026-11-20T09%3A00%3A00.000Z",
  );
});

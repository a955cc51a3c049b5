import type { ServiceChange } from "#api/contract/changes.ts";
import { expect, test } from "vitest";
import { changeTone, changeWords, changeWordsOfMany } from "./change-words.ts";

const change = (part: Partial<ServiceChange>): ServiceChange => ({
  service: "cart",
  kind: "errors",
  isWorse: true,
  before: 0,
  now: 0,
  since: "2026-11-21T12:00:00.000000000Z",
  evidence: 5,
  score: 1,
  ...part,
});

test.each([
  [{ kind: "errors", before: 0.002, now: 0.081 }, "Errors rose from 0.20% to 8.10%"],
  [{ kind: "errors", before: 0.081, now: 0 }, "Errors fell from 8.10% to 0%"],
  [{ kind: "latency", before: 40, now: 402 }, "p95 rose from 40.0 ms to 402 ms (×10)"],
  [{ kind: "latency", before: 40, now: 20 }, "p95 fell from 40.0 ms to 20.0 ms"],
  [{ kind: "throughput", before: 3, now: 12.4 }, "Requests rose from 3.0/s to 12/s (×4.1)"],
  [{ kind: "new", before: null, now: 4.2 }, "New here, with 4.2 requests/s"],
  [{ kind: "gone", before: 4.2, now: null }, "No requests any more; 4.2/s before"],
] as const)("%j is told as %s", (part, words) => {
  expect(changeWords(change(part))).toBe(words);
});

test("more traffic and a new service are neither good nor bad", () => {
  expect(changeTone(change({ kind: "throughput", isWorse: false }))).toBe("neutral");
  expect(changeTone(change({ kind: "new", isWorse: false }))).toBe("neutral");
  expect(changeTone(change({ kind: "throughput", isWorse: true }))).toBe("worse");
  expect(changeTone(change({ kind: "latency", isWorse: false }))).toBe("better");
});

test("a change of many services is told without the figures of any", () => {
  expect(changeWordsOfMany(change({ kind: "latency", before: 4, now: 40 }), 7)).toBe(
    "p95 rose in 7 services",
  );
  expect(changeWordsOfMany(change({ kind: "gone", before: 4, now: null }), 4)).toBe(
    "4 services have no requests any more",
  );
});

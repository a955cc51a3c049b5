import { expect, test } from "vitest";
import { rateNow, rates, SAMPLES_MAX, withSample, type LedgerSample } from "./ledger-history.ts";

function sample(atMs: number, accepted: number, stored = accepted): LedgerSample {
  const none = { accepted: 0, stored: 0, dropped: 0, inFlight: 0 };
  const traces = { accepted, stored, dropped: 0, inFlight: accepted - stored };
  const ledger = { traces, logs: none, metrics: none };
  return { atMs, ledger: { inAll: ledger, sinceStart: ledger } };
}

const history = (...samples: LedgerSample[]) =>
  samples.reduce<readonly LedgerSample[]>(withSample, []);

test("gives the rows a second between samples, by the time that really passed", () => {
  const samples = history(sample(0, 100), sample(2_000, 300, 200), sample(6_000, 700, 600));
  expect(rates(samples, "traces", "accepted")).toEqual([100, 100]);
  expect(rates(samples, "traces", "stored")).toEqual([50, 100]);
  expect(rates(samples, "logs", "accepted")).toEqual([0, 0]);
});

test("has no rate from one sample", () => {
  expect(rates(history(sample(0, 100)), "traces", "accepted")).toEqual([]);
  expect(rateNow([])).toBe(0);
});

test("smooths the rate of now over the newest three intervals", () => {
  expect(rateNow([1_000, 30, 0, 60])).toBe(30);
});

test("begins anew after a gap, and where the counts go back as of another data folder", () => {
  expect(history(sample(0, 100), sample(2_000, 200), sample(60_000, 9_000))).toHaveLength(1);
  expect(history(sample(0, 100), sample(2_000, 200), sample(4_000, 5))).toHaveLength(1);
});

test("keeps a bounded number of samples", () => {
  const samples = Array.from({ length: 500 }, (_, index) => sample(index * 2_000, index));
  expect(history(...samples)).toHaveLength(SAMPLES_MAX);
});

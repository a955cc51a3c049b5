import { expect, it } from "vitest";
import type { ComponentPulse } from "#api/contract/live.ts";
import { queueWords, rateWords, troubleOf } from "./component-words.ts";

const well: ComponentPulse = {
  kind: "destination",
  name: "webhook",
  status: "healthy",
  in: 12,
  out: 10,
  dropped: 0,
  queue: null,
  breaker: "closed",
  deadLetters: 0,
};

it("says the worst that is wrong, in words", () => {
  expect(troubleOf(well)).toBeUndefined();
  expect(troubleOf({ ...well, deadLetters: 3 })?.words).toBe("3 dead letters");
  expect(troubleOf({ ...well, deadLetters: 3, dropped: 4 })?.words).toBe("Dropping 4.0/s");
  expect(troubleOf({ ...well, dropped: 4, status: "degraded" })?.words).toBe("Degraded");
  expect(troubleOf({ ...well, status: "unhealthy", breaker: "open" })).toEqual({
    words: "Breaker open",
    level: "bad",
  });
});

it("says how much waits and for how long", () => {
  expect(queueWords(null)).toBe("");
  expect(queueWords({ rows: 0, bytes: 0, oldestAgeMs: 0 })).toBe("");
  expect(queueWords({ rows: 1, bytes: 300, oldestAgeMs: 10 })).toBe("1 row · 300 B");
  expect(queueWords({ rows: 41_200, bytes: 9e6, oldestAgeMs: 65_000 })).toBe(
    "41.2k rows · 9.00 MB · 1 m 5 s",
  );
});

it("says what comes out of a processor where it is less", () => {
  expect(rateWords(well)).toBe("10/s delivered");
  expect(rateWords({ ...well, kind: "processor" })).toBe("12/s → 10/s");
  expect(rateWords({ ...well, kind: "processor", out: 12 })).toBe("12/s");
});

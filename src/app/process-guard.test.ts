import { expect, test } from "vitest";
import { UnexpectedErrors } from "./process-guard.ts";

test("goes on after single errors, for ever, and stops when they come thick", () => {
  let nowMs = 0;
  const clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    setTimeout: () => ({ cancel: () => {} }),
  };
  const errors = new UnexpectedErrors(clock);
  for (let i = 0; i < 1_000; i++) {
    nowMs += 1_000;
    expect(errors.add()).toBe(false);
  }
  nowMs += 60_000;
  const verdicts = Array.from({ length: 100 }, () => errors.add());
  expect(verdicts.indexOf(true)).toBe(99);
});

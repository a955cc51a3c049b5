import { expect, it } from "vitest";
import { FakeClock } from "../testing/fake-clock.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";

function breakerOf(): { breaker: CircuitBreaker; clock: FakeClock; changes: string[] } {
  const clock = new FakeClock();
  const changes: string[] = [];
  const settings = { breakerFailures: 3, breakerOpenMs: 1_000 };
  const breaker = new CircuitBreaker(settings, clock, (state) => changes.push(state));
  return { breaker, clock, changes };
}

it("opens after failures in a row only", () => {
  const { breaker } = breakerOf();
  for (let round = 0; round < 5; round += 1) {
    breaker.failed();
    breaker.failed();
    breaker.succeeded();
  }
  expect([breaker.state, breaker.admit()]).toEqual(["closed", 0]);
  for (let count = 0; count < 3; count += 1) breaker.failed();
  expect([breaker.state, breaker.admit()]).toEqual(["open", 1_000]);
});

it("lets one attempt through when its time is over, and opens again if that fails", async () => {
  const { breaker, clock, changes } = breakerOf();
  for (let count = 0; count < 3; count += 1) breaker.failed();
  await clock.advance(400);
  expect(breaker.admit()).toBe(600);
  await clock.advance(600);
  expect(breaker.admit()).toBe(0);
  expect(breaker.admit()).toBeGreaterThan(0);
  breaker.failed();
  expect([breaker.state, breaker.admit()]).toEqual(["open", 1_000]);
  await clock.advance(1_000);
  expect(breaker.admit()).toBe(0);
  breaker.succeeded();
  expect([breaker.state, breaker.admit(), breaker.admit()]).toEqual(["closed", 0, 0]);
  expect(changes).toEqual(["open", "half_open", "open", "half_open", "closed"]);
});

it("lets another through when an attempt said nothing", async () => {
  const { breaker, clock } = breakerOf();
  for (let count = 0; count < 3; count += 1) breaker.failed();
  await clock.advance(1_000);
  expect(breaker.admit()).toBe(0);
  breaker.abandoned();
  expect(breaker.admit()).toBe(0);
});

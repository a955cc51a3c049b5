import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  changesOf,
  type ComparedSteps,
  isComparable,
  type ServiceSteps,
} from "./service-changes.ts";

const STEPS = 60;
const MINUTE = 60_000;

/** A service that does the same in every step but for what `at` says of it; `noise` is from -1 to 1. */
function steady(
  service: string,
  at: (step: number) => Partial<{ rate: number; errors: number; p95: number }> = () => ({}),
  noise: (step: number) => number = (step) => Math.sin(step * 12.9898),
): ServiceSteps {
  const steps = Array.from({ length: 2 * STEPS }, (_, step) => {
    const { rate = 10, errors = 0.002, p95 = 40 } = at(step);
    return { rate: rate * (1 + 0.05 * noise(step)), errors, p95: p95 * (1 + 0.08 * noise(step)) };
  });
  return {
    service,
    requestsPerSecond: steps.map(({ rate }) => rate),
    errorRate: steps.map(({ rate, errors }) => (rate === 0 ? null : errors)),
    p95Ms: steps.map(({ rate, p95 }) => (rate === 0 ? null : p95)),
  };
}

const compared = (...services: ServiceSteps[]): ComparedSteps => ({
  startMs: 0,
  stepMs: MINUTE,
  before: STEPS,
  services,
});

const from =
  <T>(step: number, then: T) =>
  (now: number): T | Record<string, never> =>
    now >= step ? then : {};

describe("what changed", () => {
  test("is nothing where everything goes on as it did", () => {
    expect(changesOf(compared(steady("cart"), steady("web")))).toEqual([]);
  });

  test.each([0, 30, 55])(
    "is an error rate that rose %i minutes into the hour, since then",
    (minute) => {
      const [change, ...more] = changesOf(
        compared(steady("cart"), steady("payment", from(STEPS + minute, { errors: 0.2 }))),
      );
      expect(more).toEqual([]);
      expect(change).toMatchObject({ service: "payment", kind: "errors", isWorse: true });
      expect(change!.before).toBeCloseTo(0.002);
      expect(change!.now).toBeGreaterThan(0.17);
      expect(Math.abs(change!.sinceMs / MINUTE - (STEPS + minute))).toBeLessThanOrEqual(6);
    },
  );

  test("is latency that rose or fell, with what it was and is", () => {
    const changes = changesOf(
      compared(steady("slow", from(90, { p95: 400 })), steady("fast", from(90, { p95: 4 }))),
    );
    expect(changes.map(({ service, kind, isWorse }) => [service, kind, isWorse])).toEqual([
      ["slow", "latency", true],
      ["fast", "latency", false],
    ]);
    expect(changes[0]!.now! / changes[0]!.before!).toBeGreaterThan(8);
  });

  test("is a service that is new, and one that has gone", () => {
    const changes = changesOf(
      compared(
        steady("cart"),
        steady("canary", (step) => ({ rate: step < 100 ? 0 : 5 })),
        steady("legacy", (step) => ({ rate: step < 80 ? 5 : 0 })),
      ),
    );
    expect(changes.map(({ service, kind, sinceMs }) => [service, kind, sinceMs / MINUTE])).toEqual([
      ["legacy", "gone", 80],
      ["canary", "new", 100],
    ]);
  });

  test("is nothing that a few requests could do by chance", () => {
    const rare = steady("cron", (step) => ({ rate: step % 10 === 0 ? 1 / 60 : 0, errors: 0 }));
    const failed = { ...rare, errorRate: rare.errorRate.map((rate, n) => (n === 119 ? 1 : rate)) };
    expect(changesOf(compared(steady("web"), failed))).toEqual([]);
  });

  test("is not said where there was nothing before: just started", () => {
    const young = compared(steady("web", (step) => ({ rate: step < 100 ? 0 : 10 })));
    expect(isComparable(young)).toBe(false);
    expect(changesOf(young)).toEqual([]);
  });

  test("puts a fault before more traffic, and a large one before a small one", () => {
    const changes = changesOf(
      compared(
        steady("busy", from(70, { rate: 40 })),
        steady("small", from(70, { errors: 0.02 })),
        steady("large", from(70, { errors: 0.3 })),
      ),
    );
    expect(changes.map(({ service }) => service)).toEqual(["large", "small", "busy"]);
  });

  test("is rarely said of mere noise", () => {
    const noises = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
      minLength: 2 * STEPS,
      maxLength: 2 * STEPS,
    });
    let [tried, wrong] = [0, 0];
    fc.assert(
      fc.property(noises, (noise) => {
        tried++;
        wrong += changesOf(compared(steady("web", undefined, (step) => 5 * noise[step]!))).length;
        return true;
      }),
    );
    expect(wrong).toBeLessThanOrEqual(tried / 20);
  });

  test("is finite whatever the steps hold", () => {
    const value = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true }));
    const list = fc.array(value, { minLength: 24, maxLength: 24 });
    fc.assert(
      fc.property(list, list, list, (rates, errors, p95s) => {
        const changes = changesOf({
          startMs: 0,
          stepMs: MINUTE,
          before: 12,
          services: [
            {
              service: "any",
              requestsPerSecond: rates,
              errorRate: errors.map((error, n) => (rates[n] === 0 ? null : error / 1e6)),
              p95Ms: p95s.map((p95, n) => (rates[n] === 0 ? null : p95)),
            },
          ],
        });
        return changes.every(({ score }) => Number.isFinite(score) && score >= 0);
      }),
    );
  });
});

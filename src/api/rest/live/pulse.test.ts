import { beforeEach, expect, it } from "vitest";
import { LIVE_LIMITS } from "#core/limits.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { Pulse } from "./pulse.ts";

let clock: FakeClock;
let looks: { ledger: number; pipelines: number };
let stored: number;
let names: string[];
let pulse: Pulse;
beforeEach(() => {
  clock = new FakeClock();
  looks = { ledger: 0, pipelines: 0 };
  stored = 5;
  names = ["default"];
  const none = { accepted: 0, stored: 0, dropped: 0, inFlight: 0 };
  pulse = new Pulse({
    clock,
    ledger: {
      inAll: () => {
        looks.ledger++;
        return { traces: none, logs: { ...none, stored }, metrics: none };
      },
    },
    pipelines: () => {
      looks.pipelines++;
      return {
        data: names.map((name) => ({ name, receivers: [], processors: [], destinations: [] })),
      };
    },
  });
});

/** What is told from now on, and what ends it. */
function joined(stream: "status" | "changed"): { told: string[]; leave: () => void } {
  const told: string[] = [];
  const leave = pulse.join(stream, (bytes) => told.push(bytes.toString()));
  return { told, leave };
}

it("looks once at an interval, however many listen to whatever", async () => {
  const all = [joined("status"), joined("status"), joined("changed"), joined("changed")];
  looks = { ledger: 0, pipelines: 0 };
  stored++;
  await clock.advance(LIVE_LIMITS.pulseMs);
  expect(looks).toEqual({ ledger: 1, pipelines: 1 });
  expect(all.map(({ told }) => told.length)).toEqual([2, 2, 1, 1]);
});

it("tells of what has changed since somebody listens for that, and of each change once", async () => {
  joined("status");
  stored++;
  await clock.advance(LIVE_LIMITS.pulseMs);
  stored++;
  const { told, leave } = joined("changed");
  await clock.advance(LIVE_LIMITS.pulseMs);
  expect(told).toEqual([]);
  names.push("another");
  await clock.advance(2 * LIVE_LIMITS.pulseMs);
  expect(told).toEqual(['event: changed\ndata: {"topics":["pipelines"]}\n\n']);
  leave();
  stored++;
  await clock.advance(LIVE_LIMITS.pulseMs);
  const later = joined("changed");
  await clock.advance(LIVE_LIMITS.pulseMs);
  expect(later.told).toEqual([]);
  stored++;
  await clock.advance(LIVE_LIMITS.pulseMs);
  expect(later.told).toEqual(['event: changed\ndata: {"topics":["logs"]}\n\n']);
});

it("does nothing while nobody listens", async () => {
  const all = [joined("status"), joined("changed")];
  for (const { leave } of all) leave();
  looks = { ledger: 0, pipelines: 0 };
  await clock.advance(10 * LIVE_LIMITS.pulseMs);
  expect([looks, clock.pending]).toEqual([{ ledger: 0, pipelines: 0 }, 0]);
});

import { expect, it } from "vitest";
import { PermanentError } from "#core/errors.ts";
import { createMeter } from "#telemetry/meter.ts";
import type { Meter } from "#telemetry/meter.ts";
import { DeliveryMetrics } from "./delivery-metrics.ts";
import {
  appendTexts,
  deliveringTo,
  openSetting,
  stopped,
  texts,
  textOf,
  World,
} from "./testing/delivery-fixture.ts";

function valuesOf(meter: Meter, name: string): Record<string, number> {
  const metric = meter.snapshot().find((one) => one.name === `sightglass_${name}`);
  if (metric === undefined || metric.kind === "histogram") return {};
  return Object.fromEntries(
    metric.points.map(({ labels, value }) => [Object.values(labels).join("|"), value]),
  );
}

it("tells of each destination what became of its rows, and what waits", async () => {
  const setting = await openSetting({});
  const world = new World(setting.clock);
  world.answer = ({ rows }) => {
    if (rows.some((row) => textOf(row) === "a1")) throw new PermanentError("no");
  };
  const delivering = deliveringTo(world, setting);
  const meter = createMeter();
  const remove = new DeliveryMetrics(meter).add("main", delivering);
  await appendTexts(setting.journal, texts("a", 4));
  await delivering.start();
  await setting.clock.advanceUntil(() => world.received.length === 3);
  expect(valuesOf(meter, "delivery_rows_total")).toEqual({
    "main|webhook|delivered": 3,
    "main|webhook|dead_letter": 1,
    "main|webhook|dropped": 0,
    "main|webhook|skipped": 0,
  });
  expect(valuesOf(meter, "delivery_attempts_total")).toMatchObject({
    "main|webhook|delivered": 2,
    "main|webhook|refused": 3,
  });
  expect(valuesOf(meter, "delivery_dead_letters")).toEqual({ "main|webhook": 1 });
  await stopped(setting.clock, delivering);
  world.answer = () => {};
  await appendTexts(setting.journal, texts("b", 7));
  expect(valuesOf(meter, "delivery_queue_rows")).toEqual({ "main|webhook": 7 });
  expect(valuesOf(meter, "delivery_member_breaker_state")).toEqual({});
  remove();
  expect(valuesOf(meter, "delivery_queue_rows")).toEqual({});
});

it("tells of the members of a group how each fares", async () => {
  const setting = await openSetting({});
  const delivering = deliveringTo(new World(setting.clock), setting);
  const member = { inFlight: 0, statistics: {} };
  const meter = createMeter();
  new DeliveryMetrics(meter).add("main", delivering, () => [
    { ...member, name: "webhook/a", breaker: "open", delivered: 2, failed: 5 },
    { ...member, name: "webhook/b", breaker: "closed", delivered: 9, failed: 0 },
  ]);
  expect(valuesOf(meter, "delivery_member_breaker_state")).toEqual({
    "main|webhook|webhook/a": 2,
    "main|webhook|webhook/b": 0,
  });
  expect(valuesOf(meter, "delivery_member_deliveries_total")).toEqual({
    "main|webhook|webhook/a|delivered": 2,
    "main|webhook|webhook/a|failed": 5,
    "main|webhook|webhook/b|delivered": 9,
    "main|webhook|webhook/b|failed": 0,
  });
});

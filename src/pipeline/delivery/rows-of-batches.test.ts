import { expect, it } from "vitest";
import type { Batch } from "#core/batch.ts";
import { createPipeline } from "../pipeline.ts";
import { logs, points, spans } from "../testing/batches.ts";
import { DeliveringDestination } from "./delivering-destination.ts";
import type { Delivery } from "./delivery.ts";
import { deliverySettingsSchema } from "./delivery-settings.ts";
import { jsonOfRow } from "./row-json.ts";
import { appendTexts, openSetting, World } from "./testing/delivery-fixture.ts";
import { createLogger } from "#telemetry/log.ts";

it("batches of all signals reach a destination as rows, with the organization that they were pushed for", async () => {
  const setting = await openSetting({});
  const { clock, journal, disk } = setting;
  const world = new World(clock, { rowsMax: 100 });
  const deliveries: Delivery[] = [];
  world.answer = (delivery) => void deliveries.push(delivery);
  const delivering = new DeliveringDestination({
    pipeline: "main",
    name: "webhook",
    consumer: journal.consumer("webhook"),
    destination: world,
    settings: deliverySettingsSchema.parse({}),
    folder: "/delivery",
    clock,
    random: () => 0.5,
    log: createLogger({ level: "error", clock, sink: () => {} }),
    files: disk,
  });
  const pipeline = createPipeline({
    journal,
    clock,
    destinations: [delivering],
    selfContained: true,
  });
  await pipeline.start();
  const batches: readonly Batch[] = [
    spans("shop", { spanId: "1", name: "GET /" }, { spanId: "2" }),
    logs("shop", { body: "paid", attributes: { card: "visa" } }),
    points("shop", { metric: "load", value: 0.5 }),
  ];
  const pushed = batches.map((batch) => pipeline.push(batch, "acme"));
  await clock.advanceUntil(() => deliveries.flatMap(({ rows }) => rows).length === 4);
  await Promise.all(pushed);
  // A record that is not one of the pipeline's is counted, and stops nothing.
  await appendTexts(journal, ["unknown", "unknown"]);
  await clock.advanceUntil(() => delivering.statistics.rowsDropped === 2);
  expect(new Set(deliveries.map(({ org }) => org))).toEqual(new Set(["acme"]));
  const rows = deliveries.flatMap((delivery) => delivery.rows.map(jsonOfRow));
  expect(rows).toEqual([
    expect.objectContaining({ signal: "traces", name: "GET /", service: "shop" }),
    expect.objectContaining({ signal: "traces", spanId: "0000000000000002" }),
    expect.objectContaining({
      message: "paid",
      card: "visa",
      resource: { "service.name": "shop" },
    }),
    expect.objectContaining({ signal: "metrics", metric: "load", value: 0.5 }),
  ]);
  expect(delivering.statistics.rowsDropped).toBe(2);
  const stop = pipeline.stop();
  await clock.advanceUntil(() => false, 2_000);
  await stop;
  expect(journal.consumer("webhook").counts().stored).toEqual({ traces: 2, logs: 1, metrics: 1 });
});

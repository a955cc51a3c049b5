import { afterEach, expect, it } from "vitest";
import { LogBuilder } from "#core/build/log-builder.ts";
import { systemClock } from "#core/clock.ts";
import { logInputOfEvent } from "#core/event-record.ts";
import { logRow } from "#core/row-views.ts";
import { elasticsearch } from "#destinations/elasticsearch/destination.ts";
import type { Delivery, Row } from "#pipeline/delivery/delivery.ts";
import { startReceiver, stopReceivers, textsOf } from "#pipeline/testing/receiver-under-test.ts";
import { elasticsearchBulk } from "#receivers/elasticsearch_bulk/receiver.ts";

afterEach(stopReceivers);

const NEVER = new AbortController().signal;

function deliveryOf(events: readonly object[]): Delivery {
  const window = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };
  const observedNs = BigInt(systemClock.nowMs()) * 1_000_000n;
  const builder = new LogBuilder({ observedNs, window });
  for (const event of events) builder.add(logInputOfEvent(event));
  const batch = builder.finish(1);
  const rows = events.map((_, row): Row => ({ kind: "log", row: logRow(batch, row) }));
  return { org: "default", rows, key: "key", rowKey: (index) => `key.${index}`, attempt: 1 };
}

it("events go from one Sightglass to another by the interface of Elasticsearch", async () => {
  const { pushed, url } = await startReceiver(elasticsearchBulk, { token: "c2VjcmV0" });
  const settings = elasticsearch.settings.parse({
    endpoints: [url],
    apiKey: "c2VjcmV0",
    allowPrivate: true,
    documents: "event",
  });
  const destination = elasticsearch.create(settings, pushed.context);
  const timestamp = new Date(systemClock.nowMs() - 60_000).toISOString();
  const events = [
    { message: "paid", level: "warn", timestamp, name: "checkout", cost: 0.25, items: ["a", 1] },
    { message: "low stock", trace_id: "0af7651916cd43dd8448eb211c80319c", timestamp },
    { message: "far too old", timestamp: "1999-01-01T00:00:00.000Z" },
  ];
  const sending = destination.send(deliveryOf(events), NEVER);
  await expect(sending).rejects.toMatchObject({
    again: [],
    refused: [
      { index: 2, reason: expect.stringContaining("older than retention keeps") as string },
    ],
  });
  await destination.stop?.();
  expect(pushed.logs.map(({ body }) => body)).toEqual(["paid", "low stock"]);
  expect(pushed.logs.map(({ time }) => time)).toEqual(
    Array.from({ length: 2 }, () => BigInt(Date.parse(timestamp)) * 1_000_000n),
  );
  expect(textsOf(pushed.logs[0]!.attributes)).toMatchObject({ name: "checkout", cost: "0.25" });
});

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LogBuilder } from "#core/build/log-builder.ts";
import { systemClock } from "#core/clock.ts";
import { logInputOfEvent } from "#core/event-record.ts";
import { logRow } from "#core/row-views.ts";
import { anyInput, anyText } from "#core/testing/attribute-inputs.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { createLogger } from "#telemetry/log.ts";
import { postgresql, PostgresqlDestination } from "./destination.ts";
import { PostgresServer } from "#pipeline/relational/testing/postgres-server.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start(["-c", "fsync=off"]);
}, 60_000);
afterAll(async () => server.stop(), 60_000);

/** Events with hostile values in the fields that columns are made of. */
const anyEvent = fc.dictionary(
  fc.oneof(
    anyText,
    fc.constantFrom("id", "type", "level", "severity", "_source", "source", "master", "worker"),
    fc.constantFrom("error", "duration", "duration_ms", "cost", "cost_estimate", "message"),
  ),
  anyInput,
  { maxKeys: 8 },
);

describe("any events", () => {
  it("are taken by PostgreSQL, each as one row", async () => {
    const settings = postgresql.settings.parse(server.address);
    const log = createLogger({ level: "error", clock: systemClock, sink: () => undefined });
    const destination = new PostgresqlDestination(settings, { name: "p", clock: systemClock, log });
    await destination.start();
    let key = 0;
    let stored = 0;
    const property = fc.asyncProperty(fc.array(anyEvent, { maxLength: 8 }), async (events) => {
      const rows = logsOf(events);
      await destination.send(
        { org: "default", rows, key: String((key += 1)), rowKey: String, attempt: 1 },
        new AbortController().signal,
      );
      stored += rows.length;
      expect(await destination.getEventCount()).toBe(stored);
    });
    await fc.assert(property);
    expect(stored).toBeGreaterThan(0);
    await destination.stop();
  }, 120_000);
});

function logsOf(events: readonly object[]): Row[] {
  const window = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };
  const builder = new LogBuilder({ observedNs: 1_764_259_200_000_000_000n, window });
  const taken = events.filter((event) => builder.add(logInputOfEvent(event)));
  const batch = builder.finish(1);
  return taken.map((_, row) => ({ kind: "log", row: logRow(batch, row) }));
}

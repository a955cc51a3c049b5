import { describe, expect, it } from "vitest";
import { Resource, Scope } from "#core/attributes.ts";
import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import { LogBuilder } from "#core/build/log-builder.ts";
import { type LogRow, logRow } from "#core/row-views.ts";
import type { Destination } from "../component.ts";
import { type Delivery, PartialDeliveryError, type Row } from "../delivery/delivery.ts";
import { foreignRowsOnly } from "./foreign-rows.ts";

const builder = new LogBuilder({ observedNs: 1n, window: { oldestMs: 0, newestMs: 1e15 } });
builder.group({ "service.name": "web" });
builder.add({ body: "x" });
const usual: LogRow = logRow(builder.finish(1), 0);

function row(service: string): Row {
  const name = { key: "service.name", value: service, type: ATTRIBUTE_TYPES.string };
  const resource = new Resource([name]);
  return { kind: "log", row: { ...usual, resource, scope: new Scope("", "") } };
}

function delivery(...services: string[]): Delivery {
  const rows = services.map(row);
  return { org: "default", key: "k", rows, rowKey: (index) => `k-${index}`, attempt: 1 };
}

function destination(send: Destination["send"]): Destination {
  return foreignRowsOnly({ bounds: { rowsMax: 9, bytesMax: 9, waitMsMax: 9 }, send });
}

const { signal } = new AbortController();

describe("a destination of a graph", () => {
  it("gets no rows of Sightglass's own, and each of the others by its own key", async () => {
    const keys: string[] = [];
    const far = destination((given) => {
      keys.push(...given.rows.map((_, index) => given.rowKey(index)));
      return Promise.resolve();
    });
    await far.send(delivery("sightglass", "web", "sightglass", "shop"), signal);
    await far.send(delivery("sightglass"), signal);
    await far.send(delivery("web"), signal);
    expect(keys).toEqual(["k-1", "k-3", "k-0"]);
  });

  it("says of itself what it says", () => {
    const plain = destination(() => Promise.resolve());
    expect([plain.statistics?.(), plain.health?.()]).toEqual([{}, {}]);
    const telling = foreignRowsOnly({
      bounds: { rowsMax: 9, bytesMax: 9, waitMsMax: 9 },
      send: () => Promise.resolve(),
      statistics: () => ({ total_sent: 3 }),
      health: () => ({ buffered: 1 }),
    });
    expect([telling.statistics?.(), telling.health?.()]).toEqual([
      { total_sent: 3 },
      { buffered: 1 },
    ]);
  });

  it("names the rows that it did not take by their places among all", async () => {
    const outcome = { again: [0], refused: [{ index: 1, reason: "no" }] };
    const far = destination(() => Promise.reject(new PartialDeliveryError("some", outcome)));
    await expect(far.send(delivery("sightglass", "web", "shop"), signal)).rejects.toMatchObject({
      again: [1],
      refused: [{ index: 2, reason: "no" }],
    });
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LogBuilder } from "#core/build/log-builder.ts";
import { logInputOfEvent } from "#core/event-record.ts";
import { anyBatch, rowsOf } from "#pipeline/expression/testing/any-batch.ts";
import { EventView } from "./event-view.ts";

describe("an event's view", () => {
  it("writes the JSON text of the event's object", () => {
    const view = new EventView();
    fc.assert(
      fc.property(anyBatch("logs"), (batch) => {
        if (batch.signal !== "logs") throw new Error("not logs");
        view.bind(batch);
        for (const row of rowsOf(batch)) {
          view.open(row);
          expect(JSON.parse(view.text)).toEqual(JSON.parse(JSON.stringify(view.object)));
        }
      }),
    );
  });

  it("writes the JSON text that the sender of an event sent, but for the order", () => {
    const key = fc.oneof(fc.constantFrom("type", "level", "message", "error"), fc.string());
    const value = fc.jsonValue({ maxDepth: 2 });
    const view = new EventView();
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 6, noNullPrototype: true }), (event) => {
        fc.pre(!Object.hasOwn(event, "") && event["message"] !== null);
        const builder = new LogBuilder({ observedNs: 5n, window: { oldestMs: 0, newestMs: 8e15 } });
        if (!builder.add(logInputOfEvent(event))) return;
        view.bind(builder.finish(0));
        view.open(0);
        expect(JSON.parse(view.text)).toEqual(event);
        expect(view.object).toEqual(JSON.parse(view.text));
      }),
    );
  });
});

import fc from "fast-check";
import { expect, it } from "vitest";
import { LogBuilder } from "./build/log-builder.ts";
import { eventOfLogRow, logInputOfEvent } from "./event-record.ts";
import { REQUEST_LIMITS } from "./limits.ts";
import { logRow } from "./row-views.ts";

const builderOf = (): LogBuilder =>
  new LogBuilder({ observedNs: 1n, window: { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER } });

const key = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
  fc.constantFrom(
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "message",
    "0",
    "level",
    "severity",
  ),
  fc.constantFrom("timestamp", "type", "event_type", "trace_id", "attributes", "toJSON"),
);
const scalar = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(2 ** 53, 2 ** 53 + 2, -(2 ** 63), 1e300, -0),
  fc.boolean(),
  fc.constant(null),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 5 }).map((e) => Object.fromEntries(e)),
  ),
}));
const event = fc
  .array(fc.tuple(key, value), { maxLength: 20 })
  .map((entries) => Object.fromEntries(entries) as Record<string, unknown>);

/** What stands for the same JSON whatever the order of the keys: a body comes last. */
const sorted = (object: object): string =>
  JSON.stringify(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));

it("gives every event back as it was", () => {
  fc.assert(
    fc.property(event, (sent) => {
      const builder = builderOf();
      expect(builder.add(logInputOfEvent(sent))).toBe(true);
      const back = eventOfLogRow(logRow(builder.finish(1), 0));
      expect(back).toEqual(sent);
      expect(sorted(back)).toBe(sorted(sent));
    }),
  );
});

it("takes or rejects an event of any depth, and never throws", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), fc.boolean(), (depth, isArray) => {
      const [open, close] = isArray ? ["[", "]"] : ['{"a":', "}"];
      const text = `{"deep":${open.repeat(depth)}1${close.repeat(depth)}}`;
      const sent = JSON.parse(text) as object;
      const builder = builderOf();
      const isTaken = builder.add(logInputOfEvent(sent));
      const back = isTaken ? eventOfLogRow(logRow(builder.finish(1), 0)) : undefined;
      expect(back).toEqual(depth <= REQUEST_LIMITS.depthMax ? sent : undefined);
    }),
  );
});

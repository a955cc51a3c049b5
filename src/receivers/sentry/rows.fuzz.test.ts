import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LogBuilder } from "#core/build/log-builder.ts";
import { SpanBuilder } from "#core/build/span-builder.ts";
import { SightglassError } from "#core/errors.ts";
import { DOOR_LIMITS, REQUEST_LIMITS } from "#core/limits.ts";
import { readEnvelope } from "./envelope.ts";
import { EnvelopeRows } from "./rows.ts";

const LIMITS = { ...REQUEST_LIMITS, ...DOOR_LIMITS };
const OPTIONS = {
  observedNs: 10n ** 18n,
  window: { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER },
};
const TYPES = ["event", "transaction", "log", "span", "session"];

/** Members that the decoders look at, with values of every type. */
const KEYS = [
  "exception",
  "values",
  "type",
  "value",
  "stacktrace",
  "frames",
  "mechanism",
  "contexts",
  "trace",
  "trace_id",
  "span_id",
  "tags",
  "user",
  "request",
  "headers",
  "timestamp",
  "start_timestamp",
  "end_timestamp",
  "spans",
  "items",
  "attributes",
  "level",
  "message",
  "logentry",
  "data",
  "sdk",
  "breadcrumbs",
  "status",
  "op",
  "sentry.sample_rate",
  "otel",
  "resource",
  "__proto__",
];
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "medium" },
    fc.jsonValue({ maxDepth: 1 }),
    fc.constantFrom("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", 1.7e9, "ok", -1, 1e308),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie("value"), { maxKeys: 8 }),
  ),
}));
const payload = fc.dictionary(fc.constantFrom(...KEYS), value, { maxKeys: 12 });

function add(body: Buffer): { rows: number; notKept: string[] } {
  const logs = new LogBuilder(OPTIONS);
  const spans = new SpanBuilder(OPTIONS);
  const envelope = readEnvelope(body, LIMITS);
  const sender = { service: "a", header: envelope.header };
  const notKept = new EnvelopeRows(logs, spans, LIMITS).add(envelope, sender, "1");
  return { rows: logs.rows + spans.rows, notKept };
}

describe("the reader of envelopes", () => {
  it("takes items of any content, each alone", () => {
    const items = fc.array(fc.tuple(fc.constantFrom(...TYPES), payload), { maxLength: 5 });
    fc.assert(
      fc.property(items, fc.dictionary(fc.constantFrom(...KEYS), value), (given, header) => {
        const lines = given.flatMap(([type, content]) => {
          const text = JSON.stringify(content);
          return [JSON.stringify({ type, length: Buffer.byteLength(text) }), text];
        });
        const { notKept } = add(Buffer.from([JSON.stringify(header), ...lines].join("\n")));
        expect(notKept).toEqual(given.map(([type]) => type).filter((type) => type === "session"));
      }),
    );
  });

  it("takes any bytes, or refuses them", () => {
    const line = fc.oneof(fc.json(), fc.string(), fc.constantFrom('{"type":"event"}', "{}", ""));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        expect(refused(() => add(Buffer.from(lines.join("\n"))))).toBeTypeOf("boolean");
      }),
    );
  });
});

function refused(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch (error) {
    if (error instanceof SightglassError) return true;
    throw error;
  }
}

import fc from "fast-check";
import { expect, it } from "vitest";
import { Scope, Series } from "#core/attributes.ts";
import { LogBuilder } from "#core/build/log-builder.ts";
import { type LogRow, logRow } from "#core/row-views.ts";
import { anyAttributes, anyInput, anyText } from "#core/testing/attribute-inputs.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { bulkBody } from "./bulk.ts";
import { IndexNames } from "./index-names.ts";
import { templateOf } from "./template.ts";
import { indexed, type Refusal, type Template } from "./testing/index-mapping.ts";

const OBSERVED_NS = 1_750_000_000_000_000_000n;
const window = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };

/** Log records of whatever senders may send, as they come out of a batch. */
const record: fc.Arbitrary<LogRow> = fc
  .record({ body: anyInput, eventName: anyText, severityText: anyText, attributes: anyAttributes })
  .map((input) => {
    const builder = new LogBuilder({ observedNs: OBSERVED_NS, window });
    builder.group({ "service.name": "shop", [input.eventName]: input.severityText });
    builder.add(input);
    return logRow(builder.finish(1), 0);
  });
const log: fc.Arbitrary<Row> = record.map((row) => ({ kind: "log", row }));

const number = fc.oneof(
  fc.double(),
  fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
  fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY, -0),
);
const point: fc.Arbitrary<Row> = fc
  .record({ value: number, of: record, name: anyText, unit: anyText })
  .map(({ value, of, name, unit }) => {
    const { attributes, resource } = of;
    const metric = { name, description: unit, unit, type: "gauge", temporality: 0 } as const;
    const scope = new Scope(name, unit);
    const series = new Series({ ...metric, monotonic: false }, resource, scope, attributes);
    const row = { series, time: OBSERVED_NS, startTime: 0n, value, flags: 0, exemplars: [] };
    return { kind: "number_point", row };
  });

const forms = fc.record({
  operation: fc.constantFrom("create" as const, "index" as const),
  documents: fc.constantFrom("otel" as const, "event" as const),
});

it("makes two lines a row, each JSON of whole characters, whatever a row says", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(log, point), { maxLength: 5 }),
      forms,
      anyText,
      async (rows, form, key) => {
        const rowKey = (index: number): string => `${key}.${index}`;
        const body = await bulkBody(
          { org: "default", rows, rowKey },
          form,
          new IndexNames("a-{signal}"),
        );
        const lines = body.split("\n");
        expect(lines.pop()).toBe("");
        expect(lines).toHaveLength(2 * rows.length);
        const ids = new Set<unknown>();
        const texts: string[] = [];
        for (const [at, line] of lines.entries()) {
          const parsed = JSON.parse(line, (name, value: unknown) => {
            texts.push(name, typeof value === "string" ? value : "");
            return value;
          }) as Record<string, { _id?: string }>;
          if (at % 2 === 0) ids.add(parsed[form.operation]!._id);
        }
        expect(texts.filter((text) => !text.isWellFormed())).toEqual([]);
        expect(ids.size).toBe(rows.length);
      },
    ),
  );
});

it("makes documents that fit the template, whatever a row says", async () => {
  const forms = ["otel", "event"] as const;
  await fc.assert(
    fc.asyncProperty(fc.oneof(log, point), fc.constantFrom(...forms), async (row, documents) => {
      const settings = { dataStreams: false, documents, templatePriority: 1 };
      const template = templateOf(settings, "a", "elasticsearch") as unknown as Template;
      const form = { operation: "create", documents } as const;
      const delivery = { org: "default", rows: [row], rowKey: String };
      const body = await bulkBody(delivery, form, new IndexNames("a"));
      const line = body.split("\n")[1]!;
      const source = JSON.parse(line) as Record<string, unknown>;
      const problem = problemOf(() => indexed(source, template.template.mappings, {}));
      // An event may use a name that rows have for another type: that is its own fault.
      const isOwnFault = documents === "event" && problem?.type === "document_parsing_exception";
      expect(isOwnFault ? undefined : problem).toBeUndefined();
    }),
  );
});

function problemOf(work: () => void): Refusal | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error as Refusal;
  }
}

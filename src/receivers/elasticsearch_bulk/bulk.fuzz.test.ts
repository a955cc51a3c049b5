import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LogBuilder } from "#core/build/log-builder.ts";
import { SightglassError } from "#core/errors.ts";
import { DOOR_LIMITS, REQUEST_LIMITS } from "#core/limits.ts";
import { BulkReader } from "./bulk.ts";

const LIMITS = { ...REQUEST_LIMITS, ...DOOR_LIMITS };
const WINDOW = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };

function readerOf(builder: LogBuilder): BulkReader {
  return new BulkReader(builder, LIMITS, () => "id");
}

const newBuilder = (): LogBuilder => new LogBuilder({ observedNs: 10n ** 18n, window: WINDOW });

describe("the reader of bulk bodies", () => {
  it("answers each operation in its place, and takes each document", () => {
    const documents = fc.array(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 6 }));
    fc.assert(
      fc.property(documents, (sources) => {
        const lines = sources.map(
          (source, n) => `{"index":{"_id":"${n}"}}\n${JSON.stringify(source)}\n`,
        );
        const builder = newBuilder();
        const { errors, items } = readerOf(builder).read(Buffer.from(lines.join("")), "i");
        expect(items.map((item) => item["index"]!["_id"])).toEqual(sources.map((_, n) => `${n}`));
        expect([errors, builder.rows]).toEqual([false, sources.length]);
      }),
    );
  });

  it("takes any lines, or refuses them", () => {
    const line = fc.oneof(
      fc.constantFrom(
        '{"index":{}}',
        '{"create":{"_index":7}}',
        '{"delete":{"_id":"a"}}',
        "{}",
        "",
      ),
      fc.json(),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const body = Buffer.from(lines.join("\n"));
        const builder = newBuilder();
        const outcome = outcomeOf(() => readerOf(builder).read(body, "i").items.length);
        expect(outcome === "refused" || outcome >= builder.rows).toBe(true);
      }),
    );
  });
});

function outcomeOf(run: () => number): number | "refused" {
  try {
    return run();
  } catch (error) {
    if (error instanceof SightglassError) return "refused";
    throw error;
  }
}

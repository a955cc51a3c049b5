import { Buffer } from "node:buffer";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cursors } from "./cursor.ts";
import { searchLogs } from "./logs.ts";
import { openTelemetryStore, type TelemetryStore } from "./testing/telemetry-store.ts";
import { searchTraces } from "./trace-search.ts";

const T0 = 1_790_000_000_000_000_000n;
const RANGE = { fromNs: T0, toNs: T0 + 1_000_000_000n };
const cursors = new Cursors(Buffer.alloc(32, 7));

let store: TelemetryStore;
beforeAll(async () => {
  store = await openTelemetryStore();
});
afterAll(() => store.close());

/** Pieces whose mix gives values that are alike, and patterns that match some of them. */
const piece = fc.constantFrom(
  "a",
  "b",
  "'",
  "\\",
  "*",
  ".*",
  "\\*",
  "%",
  "_",
  "\u0000",
  "\n",
  "=",
  "`",
  "ü",
  "😀",
  ".",
  "(",
  " ",
);
const value = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(""));

/** What the filter means, said again: the value as it is, or with `.*` for any text and `\*` for a star. */
function matches(stored: string, wanted: string): boolean {
  const pattern = wanted.replace(/\\\*|\.\*|[\s\S]/gu, (found) => {
    if (found === "\\*") return "\\*";
    return found === ".*" ? "[\\s\\S]*" : found.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  });
  return stored === wanted || new RegExp(`^${pattern}$`, "u").test(stored);
}

describe("a filter by an attribute", () => {
  it("finds exactly the rows whose value it means, wherever the attribute stands", async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: 1, maxLength: 6 }),
        fc.array(value, { minLength: 1, maxLength: 3 }),
        fc.constantFrom("span", "resource", "scope", "event", "link", "log"),
        fc.constantFrom("k", "k'`\\", "=k", "a.b"),
        async (stored, asked, place, key) => {
          const org = `run-${++run}`;
          const wanted = key.replace("=", "");
          const found =
            place === "log"
              ? await logs(org, wanted, stored)
              : await spans(org, wanted, stored, place);
          for (const one of [...asked, ...stored]) {
            const expected = stored.flatMap((text, n) => (matches(text, one) ? [n] : []));
            expect({ one, found: await found(one) }).toEqual({ one, found: expected });
          }
        },
      ),
      { numRuns: Math.ceil((fc.readConfigureGlobal().numRuns ?? 100) / 8) },
    );
  });

  type Find = (wanted: string) => Promise<number[]>;

  async function spans(org: string, key: string, stored: string[], place: string): Promise<Find> {
    const rows = stored.map((text, n) => {
      const id = (n + 1).toString(16);
      const attributes = { [key]: text, other: "x" };
      const [trace, span] = [id.padStart(32, "0"), id.padStart(16, "0")];
      return {
        org,
        trace,
        span,
        startNs: T0,
        ...(place === "span" ? { attributes } : {}),
        ...(place === "resource" ? { resource: attributes } : {}),
        ...(place === "scope" ? { scope: { name: "lib", attributes } } : {}),
        ...(place === "event" ? { events: [{ name: "e" }, { name: "e", attributes }] } : {}),
        ...(place === "link" ? { links: [{ trace, span, attributes }] } : {}),
      };
    });
    await store.spans(rows);
    return async (wanted) => {
      const search = { attributes: [{ key, value: wanted }], limit: 50 };
      const { data } = await searchTraces({ reader: store.reader, org, cursors }, RANGE, search);
      return data.map(({ traceId }) => Number.parseInt(traceId, 16) - 1).toSorted((a, b) => a - b);
    };
  }

  async function logs(org: string, key: string, stored: string[]): Promise<Find> {
    await store.logs(
      stored.map((text, n) => ({
        org,
        timeNs: T0 + BigInt(n),
        body: n,
        attributes: { [key]: text },
      })),
    );
    return async (wanted) => {
      const search = { attributes: [{ key, value: wanted }], limit: 50, order: "asc" } as const;
      const { data } = await searchLogs({ reader: store.reader, org, cursors }, RANGE, search);
      return data.map(({ body }) => Number(body));
    };
  }
});

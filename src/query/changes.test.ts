import { afterAll, beforeAll, expect, test } from "vitest";
import { changes } from "./changes.ts";
import {
  openTelemetryStore,
  type SpanInput,
  type TelemetryStore,
} from "./testing/telemetry-store.ts";

const SECOND = 1_000_000_000n;
const MINUTE = 60n * SECOND;
/** A whole minute; the range before is the half hour up to it, the range the half hour after. */
const SPLIT = 1_790_000_040n * SECOND;
const RANGE = { fromNs: SPLIT, toNs: SPLIT + 30n * MINUTE - 1n };
const NOW_MS = Number(RANGE.toNs / 1_000_000n) + 60_000;

let store: TelemetryStore;
beforeAll(async () => {
  store = await openTelemetryStore();
  await store.spans([
    ...["GET /", "GET /a", "GET /b"].flatMap((name) =>
      perMinute(-30, 30, (n) => ({ service: "web", name, durationNs: durationOf(n) })),
    ),
    ...perMinute(-30, 20, (n) => ({ service: "cart", name: "add", durationNs: durationOf(n) })),
    ...perMinute(20, 30, (n) => ({
      service: "cart",
      name: "add",
      durationNs: durationOf(n),
      status: n % 2 === 0 ? "error" : "ok",
    })),
    ...perMinute(10, 30, (n) => ({ service: "web", name: `GET /beta/${n % 2}` })),
    ...perMinute(-30, 5, () => ({ service: "legacy", name: "run" })),
    ...perMinute(-30, 30, () => ({ org: "other", service: "secret", name: "spy" })),
    ...perMinute(15, 30, () => ({ org: "other", service: "secret", name: "new spy" })),
  ]);
});
afterAll(() => store.close());

const durationOf = (n: number): bigint => BigInt(10 + (n % 5)) * 1_000_000n;

let next = 0;
/** Four spans in each minute from `from` up to `to`, which are counted from the split. */
function perMinute(
  from: number,
  to: number,
  spanOf: (n: number) => Partial<SpanInput>,
): SpanInput[] {
  return Array.from({ length: (to - from) * 4 }, (_, n) => {
    const id = (++next).toString(16);
    const startNs = SPLIT + BigInt(from + Math.floor(n / 4)) * MINUTE + BigInt(n % 4) * SECOND;
    return { trace: id.padStart(32, "0"), span: id.padStart(16, "0"), startNs, ...spanOf(n) };
  });
}

const ask = (org = "default") => changes({ reader: store.reader, org }, RANGE, NOW_MS);

test("tells what broke, what went, and since when, the worst first", async () => {
  const answer = await ask();
  expect(answer.isComparable).toBe(true);
  expect(answer.changes.map(({ service, kind }) => [service, kind])).toEqual([
    ["cart", "errors"],
    ["legacy", "gone"],
  ]);
  const [errors, gone] = answer.changes;
  expect(errors).toMatchObject({ isWorse: true, before: 0 });
  expect(errors!.now).toBeCloseTo(0.5, 1);
  const minuteOf = (time: string): number =>
    (Date.parse(time) - Number(SPLIT / 1_000_000n)) / 60_000;
  expect(minuteOf(errors!.since)).toBe(20);
  expect(minuteOf(gone!.since)).toBe(5);
});

test("names the operations that a service did not have before", async () => {
  const { newOperations } = await ask();
  expect(newOperations).toEqual([
    { service: "web", operations: 2, spans: 80, examples: ["GET /beta/1", "GET /beta/0"] },
  ]);
});

test("says nothing of what another organization does", async () => {
  const text = JSON.stringify(await ask());
  expect(text).not.toContain("secret");
  expect((await ask("other")).newOperations).toMatchObject([{ service: "secret" }]);
});

test("compares nothing where nothing was before", async () => {
  const early = { fromNs: SPLIT - 30n * MINUTE, toNs: SPLIT - 1n };
  const answer = await changes({ reader: store.reader, org: "default" }, early, NOW_MS);
  expect(answer).toMatchObject({ isComparable: false, changes: [], newOperations: [] });
});

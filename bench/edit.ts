// What making, reading and changing a row of a batch costs, in one process: log records with eight
// attributes and a body of some hundred bytes, 4,096 in a batch. Half a minute; prints nanoseconds a row.
import { Buffer } from "node:buffer";
import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import { batchPools } from "#core/batch.ts";
import { LogBuilder, type LogInput } from "#core/build/log-builder.ts";
import { MetricBuilder } from "#core/build/metric-builder.ts";
import {
  deleteAttributes,
  editAttributes,
  renameAttribute,
  setAttribute,
} from "#core/edit/edit-attributes.ts";
import {
  rewriteAttributeValues,
  rewriteDictionary,
  rewriteStrings,
} from "#core/edit/rewrite-text.ts";
import { logInputOfEvent } from "#core/event-record.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { attributeIndex, AttributeKey, attributeText } from "#core/row-access.ts";

const ROWS = 4_096;
const RUNS = 61;
const WARM_UP = 40;
const ATTRIBUTES = 8;
const TIME_NS = 1_750_000_000_000_000_000n;
const OPTIONS = {
  observedNs: TIME_NS,
  window: { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER },
};

const attributesOf = (row: number) => ({
  "http.request.method": "GET",
  "http.route": "/api/v1/orders/:id",
  "http.response.status_code": 200,
  "user.id": `user-${(row * 31) % 5_000}`,
  duration_ms: row * 0.37,
  "thread.name": "worker-3",
  "k8s.pod.name": "shop-5d8f7c9b4-x2x8q",
  ok: true,
});
const bodyOf = (row: number): string =>
  `request ${row} of user ${(row * 7_919) % 100_000} took ${row % 977} ms and went as well as it could be hoped for`;
const listed = <T>(of: (row: number) => T): T[] =>
  Array.from({ length: ROWS }, (_, row) => of(row));

const INPUTS: readonly LogInput[] = listed((row) => ({
  timeNs: TIME_NS + BigInt(row),
  severity: 9,
  severityText: "INFO",
  body: bodyOf(row),
  attributes: attributesOf(row),
}));
const EVENTS: readonly object[] = listed((row) => ({
  timestamp: "2025-06-15T15:06:40.123Z",
  level: "info",
  event_type: "request",
  message: bodyOf(row),
  ...attributesOf(row),
}));
const LABELS = listed((row) => ({
  job: "api",
  instance: `10.0.0.${row % 250}:9090`,
  le: "0.5",
  path: `/p/${row % 100}`,
}));

function logsOf(inputs: Iterable<LogInput>): LogBatch {
  const builder = new LogBuilder(OPTIONS);
  builder.group({ "service.name": "shop" });
  for (const input of inputs) builder.add(input);
  return builder.finish(1);
}

function timed(work: () => void): number {
  const started = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - started) / ROWS;
}

const making = (make: () => LogBatch) => (): number => {
  let batch: LogBatch | undefined;
  const ns = timed(() => {
    batch = make();
  });
  batchPools.logs.give(batch!);
  return ns;
};

function points(): number {
  const builder = new MetricBuilder(OPTIONS);
  const ns = timed(() => {
    builder.group({ "service.name": "shop" });
    LABELS.forEach((labels, value) => {
      const metric = { name: "http_requests", type: "sum", temporality: 2 } as const;
      builder.number(metric, labels, { timeNs: TIME_NS, value });
    });
  });
  batchPools.metrics.give(builder.finish(1));
  return ns;
}

/** Times `work` on a batch that is made anew each time. */
const on = (work: (batch: LogBatch) => unknown) => (): number => {
  const batch = logsOf(INPUTS);
  const ns = timed(() => work(batch));
  batchPools.logs.give(batch);
  return ns;
};

const eachRow = (read: (batch: LogBatch, row: number) => unknown) =>
  on((batch) => {
    for (let row = 0; row < ROWS; row++) read(batch, row);
  });

const MASKED =
  "user ****** took *** ms and all of that was masked by something that is as long as it was";
const MASKED_BYTES = Buffer.from(MASKED);
const { string } = ATTRIBUTE_TYPES;
const [route, user, absent, added] = ["http.route", "user.id", "url.path", "deployment"].map(
  (key) => new AttributeKey(key),
) as [AttributeKey, AttributeKey, AttributeKey, AttributeKey];
const nothing = (): undefined => undefined;

const CASES: Readonly<Record<string, () => number>> = {
  "LogBuilder.add": making(() => logsOf(INPUTS)),
  "logInputOfEvent and add, 12 keys": making(() => logsOf(EVENTS.map(logInputOfEvent))),
  "MetricBuilder.number, 4 labels, known series": points,
  "rewriteStrings, nothing changes": on((b) => rewriteStrings(b.body, b.selection, nothing)),
  "rewriteStrings, one in ten": on((b) =>
    rewriteStrings(b.body, b.selection, (_, __, ___, i) => (i % 10 === 0 ? MASKED : undefined)),
  ),
  "rewriteStrings, each to a string": on((b) => rewriteStrings(b.body, b.selection, () => MASKED)),
  "rewriteStrings, each to a Buffer": on((b) =>
    rewriteStrings(b.body, b.selection, () => MASKED_BYTES),
  ),
  "rewriteAttributeValues, nothing changes": on((b) =>
    rewriteAttributeValues(b.attributes, b.selection, nothing),
  ),
  "rewriteAttributeValues, one of each row": on((b) =>
    rewriteAttributeValues(b.attributes, b.selection, (_, __, ___, i) =>
      i % ATTRIBUTES === 3 ? "u***" : undefined,
    ),
  ),
  "rewriteAttributeValues, each": on((b) =>
    rewriteAttributeValues(b.attributes, b.selection, () => "u***"),
  ),
  "rewriteDictionary, each": on((b) => rewriteDictionary(b.severityText, undefined, () => "x")),
  "setAttribute, new": on((b) => setAttribute(b, b.selection, added, "production", string)),
  "setAttribute, replaced": on((b) => setAttribute(b, b.selection, route, "/", string)),
  "deleteAttributes, one": on((b) => deleteAttributes(b, b.selection, [route])),
  "deleteAttributes, absent": on((b) => deleteAttributes(b, b.selection, [absent])),
  renameAttribute: on((b) => renameAttribute(b, b.selection, route, absent)),
  "editAttributes, set, delete and rename": on((b) =>
    editAttributes(b, b.selection, (row) => {
      row.set(added, "production", string);
      row.delete(route);
      row.rename(user, absent);
    }),
  ),
  "attributeIndex, the fourth of eight": eachRow((b, row) => attributeIndex(b, row, user)),
  "attributeIndex, absent": eachRow((b, row) => attributeIndex(b, row, absent)),
  "attributeText, the fourth of eight": eachRow((b, row) => attributeText(b, row, user)),
};

console.log(`${"".padEnd(48)} ns a row: median, least`);
for (const [name, run] of Object.entries(CASES)) {
  for (let i = 0; i < WARM_UP; i++) run();
  const times = Array.from({ length: RUNS }, run).toSorted((a, b) => a - b);
  const [median, least] = [times[RUNS >> 1]!, times[0]!].map((ns) => ns.toFixed(0).padStart(6));
  console.log(`${name.padEnd(48)} ${median} ${least}`);
}

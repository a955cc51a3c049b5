// What a condition, a filter and a transformation cost a row, in one process: spans with eight attributes, log
// records and JSON events, 2,000 in a batch. Half a minute; prints nanoseconds a row.
import type { Batch } from "#core/batch.ts";
import { LogBuilder } from "#core/build/log-builder.ts";
import { logInputOfEvent } from "#core/event-record.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { SpanBatch } from "#core/span-batch.ts";
import type { ProcessorContext } from "#pipeline/component.ts";
import { compileCondition } from "#pipeline/expression/condition.ts";
import { filter } from "#processors/filter/filter.ts";
import { settings as filterSettings } from "#processors/filter/settings.ts";
import { settings as transformSettings } from "#processors/transform/settings.ts";
import { transform } from "#processors/transform/transform.ts";
import { TraceDecoder } from "#receivers/otlp/decode-traces.ts";

const ROWS = 2_000;
const RUNS = 9;
const REPEATS = 20;
const WARM_UP = 30;
const TIME_NS = 1_750_000_000_000_000_000n;
const WINDOW = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };
const CONTEXT = {} as ProcessorContext;

const listed = <T>(of: (row: number) => T): T[] =>
  Array.from({ length: ROWS }, (_, row) => of(row));

const attributesOf = (values: Readonly<Record<string, string | number>>): unknown[] =>
  Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value },
  }));

function spanBatch(): SpanBatch {
  const spans = listed((row) => ({
    traceId: row.toString(16).padStart(32, "1"),
    spanId: (row + 1).toString(16).padStart(16, "0"),
    name: `GET /r${row % 40}/${row % 3}`,
    kind: 1 + (row % 5),
    startTimeUnixNano: TIME_NS,
    endTimeUnixNano: TIME_NS + BigInt((row % 300) * 1_000_000),
    status: { code: row % 3 },
    attributes: attributesOf({
      "http.request.method": "GET",
      "url.path": `/r/${row}`,
      "http.route": row % 10 === 0 ? "/pay" : "/cart",
      "http.response.status_code": 200 + (row % 4) * 100,
      "user.id": `user-${row}`,
      "server.address": "shop",
      "network.peer.address": "10.0.0.7",
      "url.scheme": "https",
    }),
  }));
  const resource = {
    attributes: attributesOf({ "service.name": "shop", "k8s.namespace.name": "prod" }),
  };
  const batch = new SpanBatch();
  const request = {
    resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "lib" }, spans }] }],
  };
  new TraceDecoder().decode(encodeOtlp("traces", request), batch, WINDOW);
  return batch;
}

function logBatch(): LogBatch {
  const builder = new LogBuilder({ observedNs: TIME_NS, window: WINDOW });
  for (let row = 0; row < ROWS; row++)
    builder.add({
      severity: 1 + (row % 24),
      severityText: ["DEBUG", "INFO", "WARN"][row % 3]!,
      body: `request ${row} to /api/v1/users/${row}/orders took ${row % 90} ms status=200 user=alice trace=4bf92f3577b34da6`,
      attributes: { "http.route": row % 10 === 0 ? "/pay" : "/cart", a: row, b: "x" },
    });
  return builder.finish(0);
}

function eventBatch(): LogBatch {
  const builder = new LogBuilder({ observedNs: TIME_NS, window: WINDOW });
  for (let row = 0; row < ROWS; row++)
    builder.add(
      logInputOfEvent({
        id: `e${row}`,
        event_type: ["order", "login", "heartbeat"][row % 3],
        level: "info",
        message: `request ${row} took ${row % 90} ms`,
        timestamp: "2025-06-15T15:06:40Z",
        worker_id: `w${row % 7}`,
        task_id: `t${row}`,
        data: { a: row, b: "x" },
      }),
    );
  return builder.finish(0);
}

function report(what: string, nanoseconds: readonly number[]): void {
  console.log(
    `${Math.min(...nanoseconds)
      .toFixed(0)
      .padStart(6)} ns  ${what}`,
  );
}

function nanosecondsOf(run: () => void, repeats: number): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < repeats; i++) run();
  return Number(process.hrtime.bigint() - start) / repeats / ROWS;
}

function measure(what: string, run: () => void): void {
  for (let i = 0; i < WARM_UP; i++) run();
  report(
    what,
    Array.from({ length: RUNS }, () => nanosecondsOf(run, REPEATS)),
  );
}

function measureCondition(batch: Batch, source: string): void {
  const condition = compileCondition(source, batch.signal);
  let found = 0;
  measure(`${batch.signal} ${source}`, () => {
    condition.bind(batch);
    for (let row = 0; row < ROWS; row++) if (condition.evaluate(row)) found++;
  });
  if (found === Infinity) throw new Error("never: it keeps the loop from being left out");
}

function measureFilter(what: string, batch: LogBatch, written: unknown): void {
  const processor = filter.create(filterSettings.parse(written), CONTEXT);
  measure(`filter ${what} ${JSON.stringify(written)}`, () => {
    batch.selection.reset();
    processor.process(batch, "default");
  });
}

/** Each batch is changed once, since what was changed may be something else. */
function measureTransform(make: () => Batch, ...statements: readonly string[]): void {
  const processor = transform.create(transformSettings.parse({ statements }), CONTEXT);
  const batches = Array.from({ length: WARM_UP }, make);
  const times = batches.map((batch) => nanosecondsOf(() => processor.process(batch, "default"), 1));
  report(`transform ${statements.join("; ")}`, times.slice(WARM_UP / 3));
}

const [spans, logs, events] = [spanBatch(), logBatch(), eventBatch()];
for (const source of [
  "duration > 100ms",
  "kind == SPAN_KIND_SERVER and status.code == STATUS_CODE_ERROR",
  'attributes["http.route"] == "/cart"',
  'attributes["http.response.status_code"] >= 500',
  'duration > 100ms and attributes["http.route"] == "/cart" and attributes["http.response.status_code"] >= 400',
  'attributes["http.route"] in ["/cart", "/pay"]',
  'resource.attributes["k8s.namespace.name"] == "prod" and is_match(name, /^GET \\/r1\\d\\//)',
  'is_match(attributes["url.path"], /^\\/r\\/1\\d*$/)',
])
  measureCondition(spans, source);
for (const source of [
  'severity_number >= SEVERITY_NUMBER_WARN and attributes["http.route"] == "/cart"',
  'contains(body, "timeout")',
  "is_match(body, /timeout|refused|reset/)",
  "is_match(body, /user=[a-z]+/)",
])
  measureCondition(logs, source);
measureFilter("events", events, {});
measureFilter("logs", logs, {});
measureFilter("events", events, { dropLevels: ["debug"], dropEventTypes: ["ping"] });
measureFilter("events", events, { dropPatterns: ["timeout.*refused", "health_?check"] });
measureTransform(spanBatch, 'set(attributes["team"], "shop")');
measureTransform(
  spanBatch,
  'set(attributes["team"], "shop") where attributes["http.route"] == "/pay"',
);
measureTransform(
  spanBatch,
  'delete(attributes["user.id"])',
  'rename(attributes["url.path"], attributes["path"])',
  'set(attributes["x"], concat(attributes["http.request.method"], " ", attributes["http.route"]))',
);
measureTransform(spanBatch, 'set(span.name, replace(span.name, /\\d+/, "{id}"))');
measureTransform(spanBatch, 'set(resource.attributes["team"], "shop")');
measureTransform(logBatch, 'set(body, replace(body, /user=[a-z]+/, "user=?"))');

// How many lines a core parses in a second, in one process: log records with a line as their body, 2,000 in a batch,
// and what their attributes cost with it. A minute; prints lines and megabytes of text a second of processor time.
import { Buffer } from "node:buffer";
import { systemClock } from "#core/clock.ts";
import { batchPools } from "#core/batch.ts";
import { LogBuilder } from "#core/build/log-builder.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { parse } from "#processors/parse/parse.ts";
import { createLogger } from "#telemetry/log.ts";
import { createMeter } from "#telemetry/meter.ts";

const ROWS = 2_000;
const RUNS = 41;
const WARM_UP = 20;
const WINDOW = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };
const TIME_NS = 1_750_000_000_000_000_000n;

const pino = (row: number): string =>
  JSON.stringify({
    level: 30,
    time: 1_750_000_000_000 + row,
    pid: 4_711,
    hostname: "web-1",
    reqId: `req-${row}`,
    req: { method: "GET", url: `/products/${row % 500}?ref=mail`, remotePort: 40_000 + row },
    res: { statusCode: row % 20 === 0 ? 500 : 200 },
    responseTime: row / 7,
    msg: "request completed",
  });
const logrus = (row: number): string =>
  `time="2025-06-15T15:06:30.${String(row % 1_000).padStart(3, "0")}Z" level=info msg="request completed" method=GET path=/products/${row % 500} status=200 duration=${row}.5 request_id=req-${row} user=alice`;
const nginx = (row: number): string =>
  `203.0.113.${row % 250} - - [15/Jun/2025:15:06:30 +0000] "GET /products/${row % 500}?ref=mail HTTP/1.1" 200 ${1_000 + row} "https://example.com/start" "Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0"`;
const java = (row: number): string =>
  `2025-06-15 15:06:30,${String(row % 1_000).padStart(3, "0")} INFO  [worker-${row % 8}] com.example.shop.OrderService - order ${row} was paid in ${row % 90} ms`;
const GROK =
  "^%{TIMESTAMP_ISO8601:time} +%{LOGLEVEL:level} +\\[%{DATA:thread}\\] %{JAVACLASS:logger} - %{GREEDYDATA:message}";
const REGEX =
  "^(?<time>\\S+ \\S+) (?<level>\\w+) +\\[(?<thread>[^\\]]+)\\] (?<logger>\\S+) - (?<message>.*)";

const CASES: readonly (readonly [string, (row: number) => string, object])[] = [
  ["json, pino", pino, { format: "json" }],
  ["logfmt, logrus", logrus, { format: "logfmt" }],
  ["access_log, nginx combined", nginx, { format: "access_log" }],
  ["auto, pino", pino, {}],
  ["auto, plain text", java, {}],
  ["regex, a Java log", java, { format: "regex", patterns: [REGEX] }],
  ["grok, a Java log", java, { format: "grok", patterns: [GROK] }],
  ["grok, COMBINEDAPACHELOG", nginx, { format: "grok", patterns: ["%{COMBINEDAPACHELOG}"] }],
];

function batchOf(lines: readonly string[]): LogBatch {
  const builder = new LogBuilder({ observedNs: TIME_NS, window: WINDOW });
  for (const body of lines) builder.add({ body });
  return builder.finish(0);
}

for (const [name, lineOf, written] of CASES) {
  const lines = Array.from({ length: ROWS }, (_, row) => lineOf(row));
  const bytes = Buffer.byteLength(lines.join(""));
  const processor = parse.create(parse.settings.parse(written), {
    name: "parse",
    clock: systemClock,
    log: createLogger({ level: "error", clock: systemClock, sink: () => undefined }),
    meter: createMeter(),
    random: Math.random,
    emit: async () => undefined,
    timeWindow: () => WINDOW,
  });
  const times: number[] = [];
  for (let run = 0; run < RUNS + WARM_UP; run++) {
    const batch = batchOf(lines);
    const before = process.cpuUsage();
    processor.process(batch, "default");
    const { user, system } = process.cpuUsage(before);
    if (run >= WARM_UP) times.push((user + system) / 1e3);
    batchPools.logs.give(batch);
  }
  const ms = times.toSorted((a, b) => a - b)[RUNS >> 1]!;
  const perSecond = Math.round((ROWS / ms) * 1_000).toLocaleString("en");
  console.log(
    `${name.padEnd(28)} ${perSecond.padStart(10)} lines/s ${(bytes / ms / 1e3).toFixed(1).padStart(7)} MB/s`,
  );
}

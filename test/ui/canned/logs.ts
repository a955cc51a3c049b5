import type {
  LogContextAnswer,
  LogFacetsAnswer,
  LogHistogramAnswer,
  LogsAnswer,
  StoredLogRecord,
} from "#api/contract/logs.ts";
import type { SearchCompletionsAnswer } from "#api/contract/search.ts";
import { formatTime, parseTime } from "#core/time.ts";
import type { Answers } from "./answers.ts";

/** Between two records: a million of them in an hour. */
const GAP_NS = 3_600_000n;

const SERVICES = ["checkout", "storefront", "payment", "cart", "legacy"] as const;
const BODIES = [
  "Order 1234 placed by customer 42 in 218 ms",
  "card declined by issuer: insufficient funds (code 51), order kept for the customer to try again",
  "GET /api/cart 200 12 ms",
  "cache miss for key product:8812, reading through",
  "slow query: SELECT * FROM orders WHERE customer_id = $1 took 1.92 s\n  plan: Seq Scan on orders\n  rows: 812233",
  "\u001b[31mretrying\u001b[0m payment provider, attempt 2 of 5",
  "started consumer group inventory-updates with 12 partitions",
] as const;
const LEVELS = [
  ["error", 17],
  ["warn", 13],
  ["info", 9],
  ["info", 9],
  ["info", 9],
  ["debug", 5],
  ["info", 9],
  ["info", 9],
  ["unspecified", 0],
  ["info", 9],
] as const;

/** The record of a moment, which is the same however it is asked for. */
function recordAt(place: bigint): StoredLogRecord {
  const seed = Number((place * 2_654_435_761n) % 4_294_967_296n);
  const [severity, severityNumber] = LEVELS[seed % LEVELS.length]!;
  const service = SERVICES[(seed >> 4) % SERVICES.length] ?? "cart";
  const timeNs = place * GAP_NS;
  return {
    id: `${timeNs}-${seed.toString(16).padStart(16, "0")}`,
    time: formatTime(timeNs),
    observedTime: formatTime(timeNs + 1_200_000n),
    service,
    severity,
    severityNumber,
    severityText: severityNumber === 0 ? "" : severity.toUpperCase(),
    body: BODIES[(seed >> 8) % BODIES.length] ?? BODIES[0],
    eventName: "",
    traceId: seed % 3 === 0 ? "4bf92f3577b34da6a3ce929d0e0e4736" : null,
    spanId: seed % 3 === 0 ? "00f067aa0ba902b7" : null,
    attributes: { "order.id": String(seed % 5_000), "http.route": "/api/cart", attempt: seed % 4 },
    resource: { "service.name": service, "k8s.pod.name": `${service}-${seed % 3}`, zone: "eu-1" },
    scope: { name: "app.logger", version: "1.4.0", attributes: {} },
  };
}

interface Range {
  readonly first: bigint;
  readonly last: bigint;
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

function rangeOf(url: URL): Range {
  const read = (name: string): bigint => parseTime(url.searchParams.get(name) ?? "") ?? 0n;
  const [fromNs, toNs] = [read("from"), read("to")];
  return { fromNs, toNs, first: (fromNs + GAP_NS - 1n) / GAP_NS, last: toNs / GAP_NS };
}

/** The records of a range, the newest first, in pages. */
function logs(url: URL): LogsAnswer {
  const { first, last } = rangeOf(url);
  const limit = BigInt(url.searchParams.get("limit") ?? "50");
  const start = BigInt(url.searchParams.get("cursor") ?? last);
  const data: StoredLogRecord[] = [];
  let at = start;
  for (; at >= first && at > start - limit; at--) data.push(recordAt(at));
  return { data, nextCursor: at >= first ? String(at) : null };
}

/** Counts without a look at each record: a tenth of each share, the rest is info. */
function histogram(url: URL): LogHistogramAnswer {
  const { fromNs, toNs, first, last } = rangeOf(url);
  const steps = BigInt(url.searchParams.get("steps") ?? "120");
  const stepNs = ((toNs - fromNs) / steps / GAP_NS + 1n) * GAP_NS;
  const data: LogHistogramAnswer["data"] = [];
  for (let step = fromNs / stepNs; step * stepNs <= toNs; step++) {
    const from = bigger(first, (step * stepNs + GAP_NS - 1n) / GAP_NS);
    const to = smaller(last, ((step + 1n) * stepNs - 1n) / GAP_NS);
    const count = Number(to - from) + 1;
    if (count <= 0) continue;
    const wave = 1 + Math.sin(Number(step % 40n) / 4);
    const error = Math.floor(count * 0.02 * wave);
    const warn = Math.floor(count * 0.06 * wave);
    const levels = { error, warn, info: count - error - warn };
    data.push({ time: formatTime(step * stepNs), count, levels });
  }
  return { stepMs: Number(stepNs) / 1e6, total: Math.max(0, Number(last - first) + 1), data };
}

function bigger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

const facets: LogFacetsAnswer = {
  total: 1_000_000,
  sampledRows: 20_000,
  data: [
    facet("severity", false, { info: 912_004, warn: 61_220, error: 20_008, unspecified: 6_768 }),
    facet("service", false, {
      checkout: 402_110,
      storefront: 305_902,
      payment: 190_004,
      cart: 101_984,
    }),
    facet("http.route", true, { "/api/cart": 12_000, "/api/pay": 5_210, "/health": 2_790 }, true),
    facet("order.id", true, { "1234": 12, "77": 4 }, true),
    facet("k8s.pod.name", true, { "checkout-0": 134_010, "checkout-1": 133_900 }),
    facet("zone", true, { "eu-1": 700_000, "eu-2": 300_000 }),
  ],
};

function facet(
  field: string,
  isAttribute: boolean,
  counts: Record<string, number>,
  isSampled = false,
): LogFacetsAnswer["data"][number] {
  const values = Object.entries(counts)
    .map(([value, count]) => ({ value, count }))
    .toSorted((a, b) => b.count - a.count);
  return { field, isAttribute, isSampled, values };
}

function context(url: URL): LogContextAnswer {
  const place = BigInt(/^\d+/.exec(url.searchParams.get("id") ?? "")?.[0] ?? "0") / GAP_NS;
  const rows = Number(url.searchParams.get("rows") ?? "50");
  const from = (first: bigint): StoredLogRecord[] =>
    Array.from({ length: rows }, (_, n) => recordAt(first + BigInt(n)));
  return { before: from(place - BigInt(rows)), record: recordAt(place), after: from(place + 1n) };
}

const completions = (url: URL): SearchCompletionsAnswer => {
  const q = url.searchParams.get("q") ?? "";
  const at = Number(url.searchParams.get("at") ?? q.length);
  const isValue = q.slice(0, at).endsWith("service:");
  return {
    replace: { from: at, to: at },
    data: isValue
      ? SERVICES.map((name, n) => ({
          kind: "value",
          label: name,
          insert: name,
          detail: "",
          count: 9_000 - n,
        }))
      : [
          {
            kind: "field",
            label: "service",
            insert: "service:",
            detail: "The service that sent it",
          },
          {
            kind: "field",
            label: "severity",
            insert: "severity:",
            detail: "How severe a record is",
          },
          {
            kind: "attribute",
            label: "http.route",
            insert: "http.route:",
            detail: "",
            count: 81_220,
          },
        ],
  };
};

/** A million records an hour, at any time that is asked for. */
export const filledLogs = () =>
  ({
    searchLogs: logs,
    getLogHistogram: histogram,
    getLogFacets: facets,
    getLogContext: context,
    completeSearch: completions,
  }) satisfies Answers;

/** No record has come yet. */
export const emptyLogs = (): Answers => ({
  searchLogs: { data: [], nextCursor: null },
  getLogHistogram: { stepMs: 60_000, total: 0, data: [] },
  getLogFacets: { total: 0, sampledRows: 0, data: [] },
  completeSearch: { replace: { from: 0, to: 0 }, data: [] },
});

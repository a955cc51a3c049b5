import type {
  AlikeDifference,
  DifferencesAnswer,
  Facet,
  HeatmapAnswer,
} from "#api/contract/trace-views.ts";
import type { Answers } from "./answers.ts";
import { checkoutTrace } from "./checkout-trace.ts";
import { fixedRandom } from "../fixed-random.ts";

const whole = { share: 1 };

function facet(
  field: string,
  counts: Readonly<Record<string, number>>,
  isAttribute = false,
): Facet {
  return {
    field,
    isAttribute,
    scanned: isAttribute ? { share: 0.25 } : whole,
    values: Object.entries(counts).map(([value, count]) => ({
      value,
      count,
      errors: value === "payment" || value === "error" ? Math.round(count / 12) : 0,
    })),
  };
}

const FIELDS = [
  facet("service", {
    catalog: 402_118,
    storefront: 184_220,
    cart: 96_410,
    search: 61_009,
    inventory: 40_122,
    payment: 18_204,
    fraud: 18_190,
    orders: 12_733,
  }),
  facet("operation", {
    "GET /products/:id": 221_004,
    "GET /": 98_114,
    "POST /checkout": 18_204,
    "SELECT products": 210_331,
  }),
  facet("status", { unset: 801_220, error: 2_041 }),
  facet("kind", { server: 420_118, client: 301_002, internal: 80_141 }),
];

/** An ordinary time, and from two thirds of it on a band of slow requests of which some fail. */
function heatmap(): HeatmapAnswer {
  const random = fixedRandom(7);
  const [columns, rows] = [100, 40];
  const cells: { column: number; row: number; count: number; errors: number }[] = [];
  for (let column = 0; column < columns; column++)
    for (let row = 0; row < rows; row++) {
      const usual = 900 * Math.exp(-((row - 12) ** 2) / 18) * (0.6 + 0.8 * random());
      const slow = column > 66 ? 90 * Math.exp(-((row - 29) ** 2) / 8) * (0.5 + random()) : 0;
      const count = Math.round(usual + slow);
      if (count > 0)
        cells.push({
          column,
          row,
          count,
          errors: row > 24 ? Math.round(count * 0.3 * random()) : 0,
        });
    }
  return {
    startTime: new Date(Date.now() - 3_600_000).toISOString().replace("Z", "000000Z"),
    stepMs: 36_000,
    columns,
    boundsMs: Array.from({ length: rows + 1 }, (_, row) => 2 ** (row / 4)),
    column: cells.map((cell) => cell.column),
    row: cells.map((cell) => cell.row),
    count: cells.map((cell) => cell.count),
    errors: cells.map((cell) => cell.errors),
    scanned: whole,
  };
}

const share = (traces: number, of: number) => ({ traces, of, share: traces / of });

function found(
  finding: AlikeDifference["finding"],
  selection: [number, number],
  baseline: [number, number],
  score: number,
): AlikeDifference {
  const [a, b] = [share(...selection), share(...baseline)];
  return {
    finding,
    selection: a,
    baseline: b,
    lift: b.share === 0 ? null : a.share / b.share,
    score,
    chance: 10 ** (-40 * score),
    examples: [checkoutTrace.traceId],
  };
}

const attribute = (service: string, key: string, value: string) =>
  ({ kind: "attribute", service, level: "resource", key, value }) as const;

export const differences: DifferencesAnswer = {
  selection: { traces: 412, tracesSampled: 300, spansSampled: 4_310 },
  baseline: { traces: 18_204, tracesSampled: 300, spansSampled: 4_182 },
  differences: [
    {
      ...found(attribute("payment", "service.version", "2.8.0"), [281, 300], [9, 212], 0.84),
      alike: [
        found(
          attribute("payment", "k8s.pod.name", "payment-7d9f4-x2p8q"),
          [281, 300],
          [9, 212],
          0.84,
        ),
        found(attribute("payment", "service.version", "2.7.3"), [19, 300], [203, 212], 0.83),
      ],
    },
    {
      ...found(
        {
          kind: "time",
          service: "payment",
          operation: "POST /charge",
          selectionMs: 468,
          baselineMs: 12.4,
          shareOfExtra: 0.91,
        },
        [274, 300],
        [8, 212],
        0.79,
      ),
      alike: [],
    },
    {
      ...found(
        { kind: "error", service: "payment", operation: "POST /charge" },
        [66, 300],
        [1, 212],
        0.15,
      ),
      alike: [],
    },
    {
      ...found(
        {
          kind: "calls",
          service: "checkout",
          operation: "POST /checkout",
          callee: { service: "orders", operation: "POST /orders" },
          selectionCalls: 0.76,
          baselineCalls: 0.99,
        },
        [68, 300],
        [2, 212],
        0.12,
      ),
      alike: [],
    },
    {
      ...found(
        {
          kind: "log",
          service: "payment",
          operation: "POST /charge",
          severity: 17,
          text: "card declined after … ms",
        },
        [61, 300],
        [0, 212],
        0.11,
      ),
      alike: [],
    },
  ],
};

export const filledTraceViews = () =>
  ({
    countFacets: (url: URL) => ({
      total: 803_261,
      errors: 2_041,
      facets: [
        ...FIELDS,
        ...url.searchParams
          .getAll("key")
          .map((key) => facet(key, { "eu-west": 510_000, "us-east": 293_261 }, true)),
      ],
    }),
    getHeatmap: heatmap(),
    groupSpans: {
      data: FIELDS[0]!.values.map(({ value, count, errors }, place) => ({
        value,
        count,
        errors,
        errorRate: errors / count,
        p50Ms: 3.1 * (place + 1),
        p95Ms: 12.4 * (place + 1),
        p99Ms: 61.2 * (place + 1),
      })),
      scanned: whole,
    },
    findDifferences: differences,
  }) satisfies Answers;

export const emptyTraceViews = (): Answers => ({
  countFacets: {
    total: 0,
    errors: 0,
    facets: FIELDS.map(({ field }) => ({ field, isAttribute: false, values: [], scanned: whole })),
  },
  getHeatmap: { ...heatmap(), boundsMs: [], column: [], row: [], count: [], errors: [] },
  groupSpans: { data: [], scanned: whole },
  findDifferences: {
    selection: { traces: 0, tracesSampled: 0, spansSampled: 0 },
    baseline: { traces: 0, tracesSampled: 0, spansSampled: 0 },
    differences: [],
  },
});

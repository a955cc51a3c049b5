import type { HistogramPoint, Labels, MetricSnapshot } from "./meter.ts";

/** A rendering of all metrics for one scrape. */
export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/**
 * Renders `metrics` as the sender of `accept` (an HTTP Accept header) wishes: OpenMetrics 1.0 when it
 * names that type, else the Prometheus text format 0.0.4.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function renderExposition(metrics: readonly MetricSnapshot[], accept = ""): Exposition {
  const openMetrics = accept.includes("application/openmetrics-text");
  const lines = metrics.flatMap((metric) => metricLines(metric, openMetrics));
  if (openMetrics) lines.push("# EOF");
  return {
    contentType: openMetrics
      ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
      : "text/plain; version=0.0.4; charset=utf-8",
    body: `${lines.join("\n")}\n`,
  };
}

function metricLines(metric: MetricSnapshot, openMetrics: boolean): string[] {
  // OpenMetrics names the family of a counter without its suffix.
  const family =
    openMetrics && metric.kind === "counter" ? metric.name.replace(/_total$/, "") : metric.name;
  const help = openMetrics ? escapeLabel(metric.help) : escapeHelp(metric.help);
  const lines = [`# HELP ${family} ${help}`, `# TYPE ${family} ${metric.kind}`];
  if (metric.kind === "histogram") {
    for (const point of metric.points) lines.push(...histogramLines(metric.name, point));
  } else {
    for (const { labels, value } of metric.points)
      lines.push(`${metric.name}${renderLabels(labels)} ${renderNumber(value)}`);
  }
  return lines;
}

function histogramLines(name: string, point: HistogramPoint): string[] {
  let cumulative = 0;
  const lines = point.counts.map((count, bucket) => {
    cumulative += count;
    const bound = point.bounds[bucket];
    const le = bound === undefined ? "+Inf" : renderNumber(bound);
    return `${name}_bucket${renderLabels({ ...point.labels, le })} ${cumulative}`;
  });
  const labels = renderLabels(point.labels);
  lines.push(
    `${name}_sum${labels} ${renderNumber(point.sum)}`,
    `${name}_count${labels} ${point.count}`,
  );
  return lines;
}

function renderLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function renderNumber(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  return String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

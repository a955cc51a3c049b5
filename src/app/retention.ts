import type { KeptRows, RetentionAnswer } from "#api/contract/settings.ts";
import type { Settings } from "#config/schema.ts";
import type { Clock } from "#core/clock.ts";
import { SIGNALS } from "#core/signal.ts";
import { nodeFiles } from "#pipeline/journal/files.ts";
import { firstHours } from "#query/first-hours.ts";
import type { QueryContext } from "#query/query-context.ts";
import { RETENTION_CLASSES, type RetentionClass } from "#store/render.ts";
import type { Store } from "#store/store.ts";
import type { DayUsage } from "#store/usage.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** What the days to come are taken to be like: longer ago, and a change would not show for too long. */
const DAYS_SEEN_MAX = 7;

export interface RetentionSources {
  readonly settings: Pick<Settings, "retention" | "dataDir">;
  readonly store: Pick<Store, "kind" | "usageByDay">;
  readonly clock: Clock;
}

/** Makes what `/api/v1/retention` answers. */
export function createRetention({
  settings,
  store,
  clock,
}: RetentionSources): (context: QueryContext) => Promise<RetentionAnswer> {
  return async (context) => {
    const nowMs = clock.nowMs();
    const sinceMs = (dayNumber(nowMs) - DAYS_SEEN_MAX) * DAY_MS;
    const [usage, first, disk] = await Promise.all([
      store.usageByDay(),
      firstHours(context, sinceMs),
      store.kind === "embedded" ? diskOf(settings.dataDir) : null,
    ]);
    const begins = SIGNALS.flatMap((signal) => first[signal] ?? []);
    const firstOfAll = begins.length === 0 ? undefined : Math.min(...begins);
    const data = RETENTION_CLASSES.map((kept) => {
      const firstMs = kept === "aggregates" ? firstOfAll : first[kept];
      const days = settings.retention[kept];
      return keptRows(kept, usage, { days, firstMs, sinceMs, nowMs });
    });
    const others = usage.filter(({ kept }) => kept === undefined);
    return { data, otherBytes: sum(others, "bytes"), disk };
  };
}

interface Forecast {
  readonly days: number | "off";
  /** When the first rows of the stretch that is looked at came; undefined without any. */
  readonly firstMs: number | undefined;
  readonly sinceMs: number;
  readonly nowMs: number;
}

/** What is kept under one retention, and what will be if the days to come are like those that were seen. */
export function keptRows(
  kept: RetentionClass,
  usage: readonly DayUsage[],
  { days, firstMs, sinceMs, nowMs }: Forecast,
): KeptRows {
  const own = usage.filter((one) => one.kept === kept);
  const fromMs = Math.max(firstMs ?? nowMs, sinceMs);
  // Rows of a minute ago say nothing of a day: an hour is the least that is counted with.
  const daysSeen = firstMs === undefined ? 0 : Math.max(nowMs - fromMs, HOUR_MS) / DAY_MS;
  const perDay = (what: "rows" | "bytes"): number | null =>
    daysSeen === 0 ? null : Math.round(sumSince(own, what, fromMs, nowMs) / daysSeen);
  const bytesPerDay = perDay("bytes");
  return {
    kept,
    setting: `retention.${kept}`,
    days: days === "off" ? null : days,
    rows: sum(own, "rows"),
    bytes: sum(own, "bytes"),
    daysSeen,
    rowsPerDay: perDay("rows"),
    bytesPerDay,
    predictedBytes: bytesPerDay === null || days === "off" ? null : bytesPerDay * days,
  };
}

function dayNumber(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

function sum(usage: readonly DayUsage[], what: "rows" | "bytes"): number {
  return usage.reduce((all, one) => all + one[what], 0);
}

/** What of it is of the day of `fromMs` and later: of a stretch of days, as if each had as much. */
function sumSince(
  usage: readonly DayUsage[],
  what: "rows" | "bytes",
  fromMs: number,
  nowMs: number,
): number {
  const [from, today] = [dayNumber(fromMs), dayNumber(nowMs)];
  return usage.reduce((all, one) => {
    const first = dayNumber(Date.parse(one.day));
    // A clock that is ahead makes rows of days to come: they were written by today.
    const last = Math.max(first, Math.min(dayNumber(Date.parse(one.lastDay)), today));
    const daysSince = Math.max(last - Math.max(first, from) + 1, 0);
    return all + (one[what] * daysSince) / (last - first + 1);
  }, 0);
}

async function diskOf(folder: string): Promise<RetentionAnswer["disk"]> {
  return nodeFiles.space(folder).catch(() => null);
}

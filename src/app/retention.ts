import { statfs } from "node:fs/promises";
import type { KeptRows, RetentionAnswer } from "#api/contract/settings.ts";
import type { Settings } from "#config/schema.ts";
import type { Clock } from "#core/clock.ts";
import { SIGNALS } from "#core/signal.ts";
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
    const sinceMs = startOfDay(nowMs) - DAYS_SEEN_MAX * DAY_MS;
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
  const fromDay = new Date(fromMs).toISOString().slice(0, 10);
  const seen = own.filter(({ day }) => day >= fromDay);
  // Rows of a minute ago say nothing of a day: an hour is the least that is counted with.
  const daysSeen = firstMs === undefined ? 0 : Math.max(nowMs - fromMs, HOUR_MS) / DAY_MS;
  const perDay = (what: "rows" | "bytes"): number | null =>
    daysSeen === 0 ? null : Math.round(sum(seen, what) / daysSeen);
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

function startOfDay(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}

function sum(usage: readonly DayUsage[], what: "rows" | "bytes"): number {
  return usage.reduce((all, one) => all + one[what], 0);
}

async function diskOf(folder: string): Promise<RetentionAnswer["disk"]> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return null;
  }
}

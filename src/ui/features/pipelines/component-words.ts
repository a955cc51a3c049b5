import type { ComponentPulse } from "#api/contract/live.ts";
import { longDuration, perSecond, shortBytes, shortCount } from "../../lib/format.ts";

/** What is wrong with a component, in a word or two; undefined while nothing is. */
export function troubleOf({
  status,
  breaker,
  deadLetters,
  dropped,
}: ComponentPulse): Trouble | undefined {
  if (breaker === "open") return { words: "Breaker open", level: "bad" };
  if (status === "unhealthy") return { words: "Unhealthy", level: "bad" };
  if (breaker === "half_open") return { words: "Trying again", level: "warn" };
  if (status === "degraded") return { words: "Degraded", level: "warn" };
  if (dropped > 0) return { words: `Dropping ${perSecond(dropped)}/s`, level: "warn" };
  if ((deadLetters ?? 0) > 0)
    return { words: `${shortCount(deadLetters ?? 0)} dead letters`, level: "warn" };
  return undefined;
}

export interface Trouble {
  readonly words: string;
  readonly level: "warn" | "bad";
}

/** What waits: `1,204 rows · 3.2 MB · 4 s`; empty while nothing does. */
export function queueWords(queue: ComponentPulse["queue"]): string {
  if (queue === null || queue.rows === 0) return "";
  const { rows, bytes, oldestAgeMs } = queue;
  const age = oldestAgeMs < 1_000 ? "" : ` · ${longDuration(oldestAgeMs)}`;
  return `${shortCount(rows)} ${rows === 1 ? "row" : "rows"} · ${shortBytes(bytes)}${age}`;
}

/** What passes: `1.2k/s in`, and what comes out of it where that differs. */
export function rateWords({ kind, in: rowsIn, out }: ComponentPulse): string {
  if (kind === "receiver") return `${perSecond(rowsIn)}/s in`;
  if (kind === "destination") return `${perSecond(out)}/s delivered`;
  return perSecond(rowsIn) === perSecond(out)
    ? `${perSecond(rowsIn)}/s`
    : `${perSecond(rowsIn)}/s → ${perSecond(out)}/s`;
}

import type { ServiceChange } from "#api/contract/changes.ts";
import { duration, percent, perSecond } from "../../lib/format.ts";

/** From so much more on, a factor is told, too. */
const FACTOR_MIN = 2;

/** What a change is in a few words, without the service and the time: `p95 rose from 40 ms to 400 ms (×10)`. */
export function changeWords({ kind, before, now }: ServiceChange): string {
  switch (kind) {
    case "new":
      return `New here, with ${perSecond(now ?? 0)} requests/s`;
    case "gone":
      return `No requests any more; ${perSecond(before ?? 0)}/s before`;
    case "errors":
      return moved("Errors", before, now, percent, false);
    case "latency":
      return moved("p95", before, now, duration, true);
    case "throughput":
      return moved("Requests", before, now, (rate) => `${perSecond(rate)}/s`, true);
  }
}

/** The same of many services at once: `Requests fell for 12 services`. */
export function changeWordsOfMany({ kind, before, now }: ServiceChange, services: number): string {
  const verb = (now ?? 0) > (before ?? 0) ? "rose" : "fell";
  const many = `${services} services`;
  switch (kind) {
    case "new":
      return `${many} are new here`;
    case "gone":
      return `${many} have no requests any more`;
    case "errors":
      return `Errors ${verb} in ${many}`;
    case "latency":
      return `p95 ${verb} in ${many}`;
    case "throughput":
      return `Requests ${verb} in ${many}`;
  }
}

function moved(
  what: string,
  before: number | null,
  now: number | null,
  words: (value: number) => string,
  withFactor: boolean,
): string {
  const [earlier, later] = [before ?? 0, now ?? 0];
  const verb = later > earlier ? "rose" : "fell";
  const factor = earlier > 0 ? later / earlier : 0;
  const times =
    withFactor && factor >= FACTOR_MIN ? ` (×${factor.toFixed(factor < 9.95 ? 1 : 0)})` : "";
  return `${what} ${verb} from ${words(earlier)} to ${words(later)}${times}`;
}

/** What a change is about, as a sign: a fault, something better, or neither. */
export function changeTone({ kind, isWorse }: ServiceChange): "worse" | "better" | "neutral" {
  if (kind === "new" || (kind === "throughput" && !isWorse)) return "neutral";
  return isWorse ? "worse" : "better";
}

import { fullCount, percent } from "../lib/format.ts";
import { healthOf } from "../lib/service-health.ts";
import { WarnIcon } from "./icons.tsx";

/** A share of failed requests: marked from where it is alarming on, faint where nothing failed. */
export function ErrorRate({
  errorRate,
  errors,
}: {
  errorRate: number;
  errors?: number | undefined;
}) {
  const health = healthOf({ requestsPerSecond: 1, errorRate });
  const look = health === "good" ? (errorRate === 0 ? "text-faint" : "") : "font-medium text-bad";
  return (
    <span
      {...(errors === undefined ? {} : { title: `${fullCount(errors)} errors` })}
      className={`inline-flex items-center justify-end gap-1 whitespace-nowrap ${look}`}
    >
      {health === "good" ? null : <WarnIcon className="size-3.5" />}
      {percent(errorRate)}
    </span>
  );
}

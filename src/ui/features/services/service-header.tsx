import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Delta } from "../../components/delta.tsx";
import { Duration } from "../../components/duration.tsx";
import { ErrorRate } from "../../components/error-rate.tsx";
import { HealthMark } from "../../components/health-mark.tsx";
import { ServiceName } from "../../components/service-name.tsx";
import { fullCount, rate } from "../../lib/format.ts";
import { healthOf } from "../../lib/service-health.ts";
import { rangeWords, type TimeRange } from "../../lib/time-range.ts";
import { changesOf } from "./changes.ts";
import { ServiceLinks } from "./service-links.tsx";
import { useServiceSummary } from "./use-service.ts";

/** The name of a service, how it does, and its figures against the range before. */
export function ServiceHeader({ service, range }: { service: string; range: TimeRange }) {
  const { data, error } = useServiceSummary(service, range);
  return (
    <header>
      <p className="text-xs text-muted">
        <Link to="/services" className="hover:text-text hover:underline">
          Services
        </Link>{" "}
        <span aria-hidden="true">/</span>
      </p>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h1 className="flex max-w-full min-w-0 items-center gap-2 text-lg font-semibold tracking-tight">
          {data === undefined || data === null ? null : (
            <HealthMark health={healthOf(data)} className="size-4.5" />
          )}
          <ServiceName service={service} />
        </h1>
        <ServiceLinks service={service} />
      </div>
      {data === null ? (
        <p className="mt-1 text-muted">
          It sent no span in the {rangeWords(range)}. A wider time range may find some.
        </p>
      ) : (
        <Figures summary={data} isFailed={data === undefined && error !== null} />
      )}
    </header>
  );
}

type Summary = NonNullable<ReturnType<typeof useServiceSummary>["data"]>;

function Figures({ summary, isFailed }: { summary: Summary | undefined; isFailed: boolean }) {
  if (isFailed) return null;
  const changes = summary === undefined ? undefined : changesOf(summary, summary.previous);
  const of = (draw: (known: Summary) => ReactNode): ReactNode =>
    summary === undefined ? <span className="text-faint">–</span> : draw(summary);
  return (
    <dl className="mt-3 grid grid-cols-2 gap-px overflow-clip rounded-lg border border-line bg-line sm:grid-cols-5">
      <Figure
        name="Requests"
        value={of(({ requests, requestsPerSecond }) => (
          <span title={`${fullCount(requests)} requests`}>{rate(requestsPerSecond)}</span>
        ))}
        delta={<Delta change={changes?.rate} isNew={summary?.previous === null} />}
      />
      <Figure
        name="Errors"
        value={of((known) => (
          <ErrorRate errorRate={known.errorRate} errors={known.errors} />
        ))}
        delta={<Delta change={changes?.errorRate} />}
      />
      {(["p50Ms", "p95Ms", "p99Ms"] as const).map((column) => (
        <Figure
          key={column}
          name={column.slice(0, 3)}
          value={of((known) => (
            <Duration ms={known[column]} />
          ))}
          delta={<Delta change={changes?.[column]} />}
        />
      ))}
    </dl>
  );
}

function Figure({ name, value, delta }: { name: string; value: ReactNode; delta: ReactNode }) {
  return (
    <div className="bg-surface px-3 py-2 max-sm:last:col-span-2 sm:px-4">
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="flex flex-wrap items-baseline gap-x-2">
        <span className="text-xl font-semibold tracking-tight whitespace-nowrap">{value}</span>
        <span className="text-xs">{delta}</span>
      </dd>
    </div>
  );
}

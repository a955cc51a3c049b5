import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Sparkline } from "../../charts/sparkline.tsx";
import { Delta } from "../../components/delta.tsx";
import { Duration } from "../../components/duration.tsx";
import { ErrorRate } from "../../components/error-rate.tsx";
import { HealthMark } from "../../components/health-mark.tsx";
import { Failure, Loading, Nothing } from "../../components/notice.tsx";
import { ServiceName } from "../../components/service-name.tsx";
import { changeOf } from "../../lib/change.ts";
import { fullCount, perSecond } from "../../lib/format.ts";
import { withTerm } from "../../lib/search-terms.ts";
import { rangeWords, type TimeRange } from "../../lib/time-range.ts";
import { serviceTiles, telling, TILES_MAX, type ServiceTile } from "./service-tiles.ts";
import { useChanges, useComparedServices, useTileSeries } from "./overview-queries.ts";

/** Every service in a tile: what is asked of it, what fails, how long it takes, against the time before. */
export function HealthStrip({ range }: { range: TimeRange }) {
  const services = useComparedServices(range);
  const series = useTileSeries(range);
  const changes = useChanges(range);
  if (services.data === undefined) {
    if (services.error === null) return <Loading rows={4} label="Asking for the services" />;
    const retry = (): void => void services.refetch();
    return <Failure error={services.error.error} onRetry={retry} />;
  }
  const tiles = serviceTiles(
    services.data.data,
    changes.data?.changes ?? [],
    series.data?.data ?? [],
  );
  if (tiles.length === 0)
    return <Nothing title={`No service sent a span in the ${rangeWords(range)}`} />;
  return (
    <>
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(10.25rem,100%),1fr))] gap-px sm:grid-cols-[repeat(auto-fill,minmax(12.5rem,1fr))]">
        {tiles.slice(0, TILES_MAX).map((tile) => (
          <Tile key={tile.service.service} tile={tile} steps={series.data?.steps ?? 1} />
        ))}
      </ul>
      {tiles.length > TILES_MAX ? (
        <p className="border-t border-line px-4 py-2 text-right text-xs">
          <Link to="/services" className="text-accent hover:underline">
            All {fullCount(tiles.length)} services
          </Link>
        </p>
      ) : null}
    </>
  );
}

function Tile({ tile, steps }: { tile: ServiceTile; steps: number }) {
  const { service, health } = tile;
  const line = telling(tile);
  return (
    <li
      className={`relative flex min-w-0 flex-col gap-1.5 bg-surface px-3 pt-2.5 pb-2 outline outline-line hover:bg-hover ${health === "failing" ? "shadow-[inset_0_2px_0_var(--bad)]" : ""}`}
    >
      <div className="flex min-w-0 items-center gap-1.5">
        <Link
          to="/traces"
          search={{ q: withTerm("", "service", service.service) }}
          className="min-w-0 flex-1 font-medium -outline-offset-2 after:absolute after:inset-0"
        >
          <ServiceName service={service.service} />
        </Link>
        <HealthMark health={health} />
      </div>
      <div title={`${line.of} over the range`} className="-mx-1">
        <Sparkline values={line.values} places={steps} className={`h-8 ${line.tone}`} />
      </div>
      <Figures tile={tile} />
    </li>
  );
}

function Figures({ tile: { service } }: { tile: ServiceTile }) {
  const { previous } = service;
  const requests = { now: service.requests, before: previous?.requests ?? 0 };
  const change = (figure: "errorRate" | "duration", now: number, before: number | undefined) =>
    before === undefined ? undefined : changeOf(figure, { now, before }, requests);
  const rate =
    previous === null || previous === undefined
      ? undefined
      : changeOf(
          "rate",
          { now: service.requestsPerSecond, before: previous.requestsPerSecond },
          requests,
        );
  return (
    <dl className="grid grid-cols-3 gap-x-2 text-xs">
      <Figure name="Requests" delta={<Delta change={rate} isNew={previous === null} />}>
        {perSecond(service.requestsPerSecond)}
        <span className="text-2xs font-normal text-faint">/s</span>
      </Figure>
      <Figure
        name="Errors"
        delta={<Delta change={change("errorRate", service.errorRate, previous?.errorRate)} />}
      >
        <ErrorRate errorRate={service.errorRate} errors={service.errors} />
      </Figure>
      <Figure
        name="p95"
        delta={<Delta change={change("duration", service.p95Ms, previous?.p95Ms)} />}
      >
        <Duration ms={service.p95Ms} />
      </Figure>
    </dl>
  );
}

function Figure(props: { name: string; delta: ReactNode; children: ReactNode }) {
  const { name, delta, children } = props;
  return (
    <div className="min-w-0">
      <dt className="truncate text-2xs text-faint">{name}</dt>
      <dd className="truncate font-medium">{children}</dd>
      <dd className="h-4 truncate text-2xs">{delta}</dd>
    </div>
  );
}

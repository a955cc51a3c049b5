import type { ServiceEdge, ServiceNode } from "#api/contract/services.ts";
import type { ReactNode } from "react";
import { ServiceName } from "../../components/service-name.tsx";
import { duration, percent, rate } from "../../lib/format.ts";

/** What the pointer, or the focus, is on. */
export type Pointed =
  | { readonly kind: "service"; readonly node: ServiceNode }
  | { readonly kind: "call"; readonly edge: ServiceEdge };

/** The figures of what is pointed at, in the corner of the map: beside the pointer they would hide the map. */
export function MapCard({ pointed }: { pointed: Pointed }) {
  return (
    <div className="pointer-events-none absolute bottom-3 left-3 z-1 w-64 max-w-[calc(100%-1.5rem)] rounded-lg border border-line bg-surface p-3 shadow-lg max-sm:hidden">
      {pointed.kind === "service" ? (
        <>
          <ServiceName service={pointed.node.service} className="font-semibold" />
          <Figures figures={pointed.node} />
        </>
      ) : (
        <>
          <p className="flex min-w-0 items-center gap-1.5 font-semibold">
            <ServiceName service={pointed.edge.source} className="max-w-[45%]" />
            <span aria-hidden="true" className="text-faint">
              →
            </span>
            <ServiceName service={pointed.edge.target} className="max-w-[45%]" />
          </p>
          <Figures figures={pointed.edge} />
        </>
      )}
    </div>
  );
}

interface FigureValues {
  readonly requestsPerSecond: number;
  readonly errorRate: number;
  readonly p95Ms: number | null;
}

/** Requests, errors and latency, side by side. */
export function Figures({ figures }: { figures: FigureValues }) {
  const { requestsPerSecond, errorRate, p95Ms } = figures;
  return (
    <dl className="mt-1.5 grid grid-cols-3 gap-2">
      <Figure name="Requests">{rate(requestsPerSecond)}</Figure>
      <Figure name="Errors">{percent(errorRate)}</Figure>
      <Figure name="p95">{p95Ms === null ? "–" : duration(p95Ms)}</Figure>
    </dl>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-2xs text-faint">{name}</dt>
      <dd className="font-medium whitespace-nowrap">{children}</dd>
    </div>
  );
}

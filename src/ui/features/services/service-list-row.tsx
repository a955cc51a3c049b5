import type { ServiceSeries, ServiceSummary } from "#api/contract/services.ts";
import { Delta } from "../../components/delta.tsx";
import { Duration } from "../../components/duration.tsx";
import { ErrorRate } from "../../components/error-rate.tsx";
import { HealthMark } from "../../components/health-mark.tsx";
import { ServiceLink } from "../../components/service-link.tsx";
import { fullCount, rate } from "../../lib/format.ts";
import { isOwnService } from "../../lib/queries.ts";
import { healthOf } from "../../lib/service-health.ts";
import { changesOf } from "./changes.ts";
import { ServiceLinks } from "./service-links.tsx";
import { SparkFigure } from "./spark-figure.tsx";

/** CSS pixels of a row at the usual size of text; rows are windowed by it, so it is set in pixels. */
export const ROW_HEIGHT = 52;

/** An error rate below it looks as low as it is. */
const ERROR_RATE_TOP = 0.02;

/** One service in the list: the whole row leads to its page. */
export function ServiceListRow(props: {
  index: number;
  row: ServiceSummary;
  series: ServiceSeries | undefined;
  steps: number;
}) {
  const { index, row, series, steps } = props;
  const { service, requests, requestsPerSecond, errors, errorRate } = row;
  const changes = changesOf(row, row.previous);
  return (
    <tr
      data-row={index}
      aria-rowindex={index + 2}
      style={{ height: ROW_HEIGHT }}
      className="relative border-b border-line last:border-b-0 focus-within:bg-selected hover:bg-hover"
    >
      <th scope="row" className="min-w-0 px-2 pl-3 text-left font-medium sm:pl-4">
        <span className="flex min-w-0 items-center gap-2">
          <HealthMark health={healthOf(row)} />
          <ServiceLink service={service} isWide />
          {isOwnService(service) ? (
            <span className="rounded-sm border border-line px-1 text-2xs text-faint max-sm:hidden">
              own
            </span>
          ) : null}
        </span>
      </th>
      <td title={`${fullCount(requests)} requests`} className="px-1 sm:px-2">
        <SparkFigure
          value={rate(requestsPerSecond)}
          delta={<Delta change={changes.rate} isNew={row.previous === null} />}
          values={series?.requestsPerSecond}
          steps={steps}
        />
      </td>
      <td className="px-1 sm:px-2">
        <SparkFigure
          value={<ErrorRate errorRate={errorRate} errors={errors} />}
          delta={<Delta change={changes.errorRate} />}
          values={errors === 0 ? undefined : series?.errorRate}
          steps={steps}
          tone="text-bad"
          topMin={ERROR_RATE_TOP}
        />
      </td>
      <td className="px-1 max-sm:pr-3 sm:px-2">
        <SparkFigure
          value={<Duration ms={row.p95Ms} />}
          delta={<Delta change={changes.p95Ms} />}
          values={series?.p95Ms}
          steps={steps}
          tone="text-muted"
        />
      </td>
      <td className="px-2 text-right text-muted max-xl:hidden">
        <Duration ms={row.p50Ms} />
      </td>
      <td className="px-2 text-right text-muted max-md:hidden">
        <Duration ms={row.p99Ms} />
      </td>
      <td className="px-2 pr-3 max-md:hidden sm:pr-4">
        <ServiceLinks service={service} />
      </td>
    </tr>
  );
}

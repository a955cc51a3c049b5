import type { Facet, FacetValue } from "#api/contract/trace-views.ts";
import { useState, type MouseEvent } from "react";
import { IconButton } from "../../components/button.tsx";
import { CloseIcon } from "../../components/icons.tsx";
import { Failure, Loading } from "../../components/notice.tsx";
import { ServiceName } from "../../components/service-name.tsx";
import { Name } from "../../components/text.tsx";
import { askAttributes } from "../../lib/api/attributes.ts";
import { askFacets } from "../../lib/api/trace-views.ts";
import { fullCount, percent, shortCount } from "../../lib/format.ts";
import { everyMsIn, POLL_MS, usePolled } from "../../lib/queries.ts";
import { requestRange } from "../../lib/time-range.ts";
import { visible } from "../../lib/visible-text.ts";
import { Estimated } from "./estimated.tsx";
import { searchParameters, type TracesView } from "./traces-view.ts";

interface FacetsProps {
  readonly view: TracesView;
  /** Narrows the search to a value, or to all others. */
  readonly onTerm: (field: string, value: string, isNot: boolean) => void;
  readonly onFacets: (keys: readonly string[]) => void;
}

const FACETS_MAX = 8;

/** What the spans of the search are made of: pressing a value narrows the search to it. */
export function FacetsPanel({ view, onTerm, onFacets }: FacetsProps) {
  const { q, range, isRoots, facets: keys } = view;
  const { data, error, refetch } = usePolled({
    key: ["trace-views", "facets", q, range, isRoots, keys],
    ask: (cancel) => askFacets({ ...searchParameters(view, Date.now()), key: keys }, cancel),
    everyMs: everyMsIn(range, POLL_MS.spans),
    keepPrevious: true,
  });
  if (data === undefined) {
    if (error === null) return <Loading rows={12} label="Counting the spans" />;
    return <Failure error={error.error} onRetry={() => void refetch()} />;
  }
  return (
    <div className="flex flex-col divide-y divide-line">
      {data.facets.map((facet) => (
        <FacetList
          key={`${String(facet.isAttribute)} ${facet.field}`}
          facet={facet}
          total={data.total}
          onTerm={onTerm}
          onRemove={
            facet.isAttribute
              ? () => onFacets(keys.filter((key) => key !== facet.field))
              : undefined
          }
        />
      ))}
      {keys.length >= FACETS_MAX ? null : (
        <AddFacet view={view} onAdd={(key) => onFacets([...keys, key])} />
      )}
    </div>
  );
}

const TITLES: Readonly<Record<string, string>> = {
  service: "Service",
  operation: "Operation",
  status: "Status",
  kind: "Kind",
};

/** Values that are shown before the rest is asked for. */
const SHOWN_FIRST = 6;

function FacetList(props: {
  facet: Facet;
  total: number;
  onTerm: FacetsProps["onTerm"];
  onRemove: (() => void) | undefined;
}) {
  const { facet, total, onTerm, onRemove } = props;
  const [isWhole, setWhole] = useState(false);
  const { field, isAttribute, values, scanned } = facet;
  const shown = isWhole ? values : values.slice(0, SHOWN_FIRST);
  // A field's name as an attribute's key is written with the prefix that tells them apart.
  const searched = isAttribute && TITLES[field] !== undefined ? `attr.${field}` : field;
  return (
    <section className="px-3 py-2">
      <h3 className="flex h-6 items-center gap-1 text-xs font-semibold">
        {TITLES[field] !== undefined && !isAttribute ? (
          TITLES[field]
        ) : (
          <Name value={field} className="font-mono" />
        )}
        <Estimated share={scanned.share} />
        {onRemove === undefined ? null : (
          <IconButton
            label={`Remove ${visible(field)}`}
            onClick={onRemove}
            className="ml-auto size-6"
          >
            <CloseIcon className="size-3" />
          </IconButton>
        )}
      </h3>
      {values.length === 0 ? (
        <p className="text-xs text-faint">None of these spans has it</p>
      ) : null}
      <ul>
        {shown.map((value) => (
          <Value key={value.value} field={searched} value={value} total={total} onTerm={onTerm} />
        ))}
      </ul>
      {values.length > SHOWN_FIRST ? (
        <button
          type="button"
          onClick={() => setWhole(!isWhole)}
          className="h-6 text-xs text-accent hover:underline"
        >
          {isWhole ? "Fewer" : `${values.length - SHOWN_FIRST} more`}
        </button>
      ) : null}
    </section>
  );
}

function Value(props: {
  field: string;
  value: FacetValue;
  total: number;
  onTerm: FacetsProps["onTerm"];
}) {
  const { field, value: of, total, onTerm } = props;
  const { value, count, errors } = of;
  const onClick = (event: MouseEvent): void => onTerm(field, value, event.altKey || event.shiftKey);
  const title = `${fullCount(Math.round(count))} spans, ${fullCount(Math.round(errors))} failed. Press to find only these, with Alt or Shift all others`;
  return (
    <li className="group relative flex items-center">
      <button
        type="button"
        onClick={onClick}
        title={title}
        className="relative flex h-6 min-w-0 flex-1 items-center gap-2 rounded-sm px-1 text-left text-xs hover:bg-hover"
      >
        <span
          aria-hidden="true"
          className="absolute inset-y-0.5 left-0 rounded-sm bg-accent/12"
          style={{ width: `${total > 0 ? Math.min(100, (100 * count) / total) : 0}%` }}
        />
        <span className="relative min-w-0 flex-1">
          {field === "service" ? <ServiceName service={value} /> : <Name value={value} />}
        </span>
        {errors > 0 && field !== "status" ? (
          <span className="relative text-bad">
            {percent(errors / count)}
            <span className="sr-only"> failed</span>
          </span>
        ) : null}
        <span className="relative text-muted">{shortCount(count)}</span>
      </button>
      <IconButton
        label={`Exclude ${visible(value).slice(0, 80)}`}
        onClick={() => onTerm(field, value, true)}
        className="size-6 opacity-0 group-hover:opacity-100 focus-visible:opacity-100 max-md:opacity-100"
      >
        <span aria-hidden="true">−</span>
      </IconButton>
    </li>
  );
}

/** Counts another attribute, out of those that spans and their resources have. */
function AddFacet({ view, onAdd }: { view: TracesView; onAdd: (key: string) => void }) {
  const [isAsked, setAsked] = useState(false);
  const { data } = usePolled({
    key: ["trace-views", "attributes", view.range],
    ask: (cancel) =>
      askAttributes({ signal: "traces", ...requestRange(view.range, Date.now()) }, cancel),
    everyMs: false,
    enabled: isAsked,
  });
  const known = [...new Set((data?.data ?? []).map(({ key }) => key))]
    .filter((key) => key !== "service.name" && !view.facets.includes(key))
    .toSorted();
  return (
    <div className="px-3 py-2">
      <label className="flex flex-col gap-1 text-xs text-muted">
        Count another attribute
        <select
          value=""
          onFocus={() => setAsked(true)}
          onPointerDown={() => setAsked(true)}
          onChange={(event) => {
            if (event.target.value !== "") onAdd(event.target.value);
          }}
          className="h-7 min-w-0 rounded-md border border-line bg-surface px-1.5 text-xs text-text"
        >
          <option value="">{data === undefined && isAsked ? "Asking …" : "Choose …"}</option>
          {known.map((key) => (
            <option key={key} value={key}>
              {visible(key).slice(0, 80)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

import type { LogFacet, LogFacetsAnswer } from "#api/contract/logs.ts";
import { useState } from "react";
import { ChevronIcon } from "../../components/icons.tsx";
import { ServiceSwatch } from "../../components/service-name.tsx";
import { Name } from "../../components/text.tsx";
import { fullCount, shortCount } from "../../lib/format.ts";
import { termState } from "../../lib/search-terms.ts";
import { LEVELS } from "../../components/severity-mark.tsx";

/** A click on a value of a facet. */
export type FacetClick = (facet: LogFacet, value: string, isNot: boolean) => void;

/** Facets that are open from the start. */
const OPEN = 5;

/** The fields of the records that were found, with how many have each value. */
export function FacetList(props: { facets: LogFacetsAnswer; q: string; onValue: FacetClick }) {
  const { facets, q, onValue } = props;
  const isSampled = facets.data.some((facet) => facet.isSampled);
  return (
    <div className="py-1.5">
      {facets.data.map((facet, place) => (
        <Facet
          key={`${facet.isAttribute} ${facet.field}`}
          facet={facet}
          q={q}
          isOpen={place < OPEN}
          onValue={onValue}
        />
      ))}
      {isSampled ? (
        <p className="px-3 pt-2 text-2xs text-faint">
          ~ counted among the newest {fullCount(facets.sampledRows)} records, or the resources that
          have the most
        </p>
      ) : null}
    </div>
  );
}

function Facet(props: { facet: LogFacet; q: string; isOpen: boolean; onValue: FacetClick }) {
  const { facet, q, onValue } = props;
  const [isOpen, setOpen] = useState(props.isOpen);
  const most = Math.max(1, ...facet.values.map(({ count }) => count));
  return (
    <section>
      <h3>
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          className="flex h-7 w-full items-center gap-1 px-2 text-left text-xs font-medium text-muted hover:text-text"
        >
          <ChevronIcon className={`size-3 transition-transform ${isOpen ? "rotate-90" : ""}`} />
          <Name value={facet.field} />
          {facet.isSampled ? <span className="text-faint">~</span> : null}
        </button>
      </h3>
      {isOpen ? (
        <ul className="pb-1.5">
          {facet.values.map(({ value, count }) => (
            <FacetValue
              key={value}
              facet={facet}
              value={value}
              count={count}
              share={count / most}
              state={termState(q, facet.field, value, { isAttribute: facet.isAttribute })}
              onValue={onValue}
            />
          ))}
        </ul>
      ) : null}
    </section>
  );
}

function FacetValue(props: {
  facet: LogFacet;
  value: string;
  count: number;
  share: number;
  state: "in" | "out" | undefined;
  onValue: FacetClick;
}) {
  const { facet, value, count, share, state, onValue } = props;
  return (
    <li className="group relative flex items-center hover:bg-hover">
      <button
        type="button"
        aria-pressed={state === "in"}
        title="Search for it; with Alt, for what is without it"
        onClick={(event) => onValue(facet, value, event.altKey)}
        className={`relative flex h-6.5 min-w-0 flex-1 items-center gap-1.5 pr-2 pl-6 text-left text-xs outline-offset-[-2px] ${
          state === "in"
            ? "font-semibold text-accent"
            : state === "out"
              ? "text-faint line-through"
              : ""
        }`}
      >
        <span
          aria-hidden="true"
          className="absolute bottom-0 left-6 h-0.5 rounded-full bg-line group-hover:bg-line-strong"
          style={{ width: `calc(${share * 100}% * 0.72)` }}
        />
        <FacetSign facet={facet} value={value} />
        <span className="min-w-0 flex-1">
          <Name value={value} />
        </span>
        <span title={`${fullCount(count)} records`} className="text-2xs text-faint tabular-nums">
          {shortCount(count)}
        </span>
      </button>
    </li>
  );
}

function FacetSign({ facet, value }: { facet: LogFacet; value: string }) {
  if (facet.isAttribute) return null;
  if (facet.field === "service") return <ServiceSwatch service={value} />;
  const level = LEVELS[value as keyof typeof LEVELS];
  return (
    <span
      aria-hidden="true"
      className="h-3 w-[3px] shrink-0 rounded-xs forced-color-adjust-none"
      style={{ backgroundColor: level?.color }}
    />
  );
}

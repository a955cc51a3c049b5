import type { ServiceEdge, ServiceMapAnswer, ServiceNode } from "#api/contract/services.ts";
import { Link } from "@tanstack/react-router";
import { Button, IconButton } from "../../components/button.tsx";
import { CloseIcon } from "../../components/icons.tsx";
import { HealthMark } from "../../components/health-mark.tsx";
import { ServiceName } from "../../components/service-name.tsx";
import { duration, fullCount, percent, rate } from "../../lib/format.ts";
import { withTerm } from "../../lib/search-terms.ts";
import { HEALTH_WORDS, healthOf } from "../../lib/service-health.ts";
import { visible } from "../../lib/visible-text.ts";
import { Figures } from "./map-card.tsx";

/** The selected service: its figures, its calls, and where to go from it. */
export function MapPanel(props: {
  node: ServiceNode;
  map: ServiceMapAnswer;
  isFocus: boolean;
  onSelect: (service: string | undefined) => void;
  onFocus: (service: string | undefined) => void;
}) {
  const { node, map, isFocus, onSelect, onFocus } = props;
  const { service, isExternal } = node;
  const health = healthOf(node);
  const q = withTerm("", "service", service);
  const callers = map.data.filter(({ target }) => target === service);
  const called = map.data.filter(({ source }) => source === service);
  return (
    <aside
      aria-label={`Selected service: ${visible(service).slice(0, 60)}`}
      className="flex min-h-0 shrink-0 flex-col overflow-y-auto border-line bg-surface max-lg:max-h-[45%] max-lg:border-t lg:w-80 lg:border-l"
    >
      <div className="flex items-start gap-2 border-b border-line p-3">
        <div className="min-w-0 flex-1">
          <h2 className="flex min-w-0 text-base font-semibold">
            <ServiceName service={service} />
          </h2>
          <p className="mt-0.5 flex items-center gap-1.5 text-xs text-muted">
            <HealthMark health={health} />
            <span aria-hidden="true">{HEALTH_WORDS[health]}</span>
            {isExternal ? <span className="text-faint">· sends no spans itself</span> : null}
          </p>
          <Figures figures={node} />
        </div>
        <IconButton label="Close" onClick={() => onSelect(undefined)}>
          <CloseIcon className="size-3.5" />
        </IconButton>
      </div>
      <div className="flex flex-wrap gap-2 border-b border-line p-3">
        {isExternal || service === "" ? null : (
          <>
            <Link
              to="/services/$service"
              params={{ service: service.toWellFormed() }}
              className={LINK}
            >
              Service page
            </Link>
            <Link to="/traces" search={{ q }} className={LINK}>
              Traces
            </Link>
            <Link to="/logs" search={{ q }} className={LINK}>
              Logs
            </Link>
          </>
        )}
        <Button pressed={isFocus} onClick={() => onFocus(isFocus ? undefined : service)}>
          Focus
        </Button>
      </div>
      <Calls title="Called by" calls={callers} end="source" onSelect={onSelect} />
      <Calls title="Calls" calls={called} end="target" onSelect={onSelect} />
    </aside>
  );
}

const LINK =
  "inline-flex h-7 items-center rounded-md border border-line px-2 text-xs font-medium text-muted hover:border-line-strong hover:bg-hover hover:text-text";

function Calls(props: {
  title: string;
  calls: readonly ServiceEdge[];
  end: "source" | "target";
  onSelect: (service: string) => void;
}) {
  const { title, calls, end, onSelect } = props;
  if (calls.length === 0) return null;
  return (
    <section aria-label={title} className="p-3 pb-0 last:pb-3">
      <h3 className="text-xs font-semibold text-muted">
        {title} <span className="font-normal text-faint">{fullCount(calls.length)}</span>
      </h3>
      <ul className="mt-1">
        {calls.map((call) => (
          <li key={call[end]}>
            <button
              type="button"
              onClick={() => onSelect(call[end])}
              className="grid w-full grid-cols-[minmax(0,1fr)_auto_3.5rem_4rem] items-center gap-2 rounded-md px-1 py-1 text-left text-xs hover:bg-hover"
            >
              <ServiceName service={call[end]} className="font-medium" />
              <span className="text-right whitespace-nowrap">{rate(call.requestsPerSecond)}</span>
              <span
                className={`text-right ${healthOf(call) === "good" ? "text-muted" : "font-medium text-bad"}`}
              >
                {percent(call.errorRate)}
              </span>
              <span className="text-right text-muted">{duration(call.p95Ms)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

import type { Span, SpanEvent, SpanLink } from "#api/contract/traces.ts";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Button, CopyButton, IconButton } from "../../components/button.tsx";
import { Duration } from "../../components/duration.tsx";
import { CloseIcon, LinkIcon, WarnIcon } from "../../components/icons.tsx";
import { Failure, Loading } from "../../components/notice.tsx";
import { SeverityMark } from "../../components/severity-mark.tsx";
import { ServiceName } from "../../components/service-name.tsx";
import { Value } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { duration, fullCount, percent } from "../../lib/format.ts";
import { lineText } from "../../lib/log-text.ts";
import { millisecondsBetween, parseInstant } from "../../lib/time.ts";
import { AttributeList } from "./attributes.tsx";
import { Conversation } from "./conversation.tsx";
import type { SpanRow, SpanTree } from "./span-tree.ts";
import { useSpan, useTraceLogs } from "./trace-queries.ts";

/** Logs of a span that its details show; the tab has them all. */
const LOGS_SHOWN = 20;

/** Everything that is known of one span. What its row has is there at once, the rest is asked for. */
export function SpanDetail(props: {
  traceId: string;
  tree: SpanTree;
  row: SpanRow;
  /** Milliseconds of the span of which none of its children ran. */
  selfMs: number;
  /** Milliseconds of the critical path that are its own; undefined while the path is not shown. */
  pathMs: number | undefined;
  isZoomed: boolean;
  onZoom: () => void;
  onClose: () => void;
}) {
  const { traceId, row, isZoomed, onZoom, onClose } = props;
  const { span, error, refetch } = useSpan(traceId, row);
  return (
    <section aria-label="Selected span" className="flex h-full min-h-0 flex-col bg-surface">
      <header className="flex items-start gap-2 border-b border-line px-4 py-2.5">
        <div className="min-w-0 flex-1">
          <ServiceName service={row.service} className="text-xs text-muted" />
          <h2 className="max-h-16 overflow-y-auto font-semibold wrap-anywhere">
            <Value value={row.name} />
          </h2>
        </div>
        <Button
          pressed={isZoomed}
          onClick={onZoom}
          title="Let the time of this span fill the axis"
          aria-keyshortcuts="z"
        >
          Zoom
        </Button>
        <IconButton label="Close the span" onClick={onClose}>
          <CloseIcon />
        </IconButton>
      </header>
      <div
        // Scrolls by keyboard too.
        tabIndex={0}
        role="group"
        aria-label="Details of the span"
        className="min-h-0 flex-1 overflow-y-auto px-4 pt-3 pb-8 outline-offset-[-2px]"
      >
        <Facts {...props} span={span ?? undefined} />
        {span === undefined ? (
          error === null ? (
            <Loading rows={6} label="Asking for the span" />
          ) : (
            <Failure error={error.error} onRetry={() => void refetch()} />
          )
        ) : span === null ? null : (
          <Whole span={span} />
        )}
        <Logs traceId={traceId} tree={props.tree} row={row} />
      </div>
    </section>
  );
}

/** What only the span itself has. */
function Whole({ span }: { span: Span }) {
  return (
    <>
      <Conversation span={span} />
      <Section title="Attributes" count={Object.keys(span.attributes).length}>
        <AttributeList attributes={span.attributes} />
        <Dropped count={span.droppedAttributes} what="attributes" />
      </Section>
      {span.events.length + span.droppedEvents === 0 ? null : (
        <Section title="Events" count={span.events.length}>
          <Events span={span} />
          <Dropped count={span.droppedEvents} what="events" />
        </Section>
      )}
      {span.links.length + span.droppedLinks === 0 ? null : (
        <Section title="Links" count={span.links.length}>
          <Links links={span.links} />
          <Dropped count={span.droppedLinks} what="links" />
        </Section>
      )}
      <Section title="Resource" count={Object.keys(span.resource).length}>
        <AttributeList attributes={span.resource} />
      </Section>
      <Scope span={span} />
    </>
  );
}

function Logs({ traceId, tree, row }: { traceId: string; tree: SpanTree; row: SpanRow }) {
  const { data } = useTraceLogs(traceId, tree, true);
  const logs = data?.logs.filter(({ spanId }) => spanId === row.spanId) ?? [];
  if (logs.length === 0) return null;
  return (
    <Section title="Logs" count={logs.length}>
      <ul className="divide-y divide-line border-y border-line">
        {logs.slice(0, LOGS_SHOWN).map((log, place) => (
          <li key={place} className="flex items-start gap-2 py-1">
            <span className="w-14 shrink-0">
              <SeverityMark level={log.severity} />
            </span>
            <span className="min-w-0 flex-1 font-mono text-xs">
              <Value value={lineText(log)} />
            </span>
            <Time value={log.time} className="text-xs text-faint" />
          </li>
        ))}
      </ul>
      {logs.length > LOGS_SHOWN ? (
        <p className="mt-1 text-xs text-muted">The tab Logs has the rest.</p>
      ) : null}
    </Section>
  );
}

function Status({ row, message }: { row: SpanRow; message: string }) {
  if (row.status !== "error") return null;
  return (
    <div className="mb-3 flex gap-2 rounded-md bg-bad-soft px-3 py-2">
      <WarnIcon className="mt-0.5 size-4 text-bad" />
      <div className="min-w-0">
        <p className="font-medium text-bad">Failed</p>
        {message === "" ? null : <Value value={message} />}
      </div>
    </div>
  );
}

function Facts(props: {
  tree: SpanTree;
  row: SpanRow;
  selfMs: number;
  pathMs: number | undefined;
  span: Span | undefined;
}) {
  const { tree, row, selfMs, pathMs, span } = props;
  return (
    <>
      <Status row={row} message={span?.status.message ?? ""} />
      <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-4 gap-y-0.5">
        <Fact name="Duration">
          <Duration ms={row.durationMs} className="font-medium" />
          <span className="ml-2 text-xs text-faint">
            {percent(tree.durationMs > 0 ? row.durationMs / tree.durationMs : 0)} of the trace
          </span>
        </Fact>
        <Fact name="Self">
          <Duration ms={selfMs} />
        </Fact>
        {pathMs === undefined ? null : (
          <Fact name="Critical path">
            {pathMs === 0 ? (
              <span className="text-faint">not on it by itself</span>
            ) : (
              <Duration ms={pathMs} />
            )}
          </Fact>
        )}
        <Fact name="Start">
          {span === undefined ? null : <Time value={span.startTime} className="mr-2" />}
          <span className="text-xs text-faint">+{duration(row.offsetMs)}</span>
        </Fact>
        <Fact name="Kind">{row.kind}</Fact>
        <Fact name="Status">{row.status}</Fact>
        <Fact name="Span id">
          <Id value={row.spanId} label="Copy the span id" />
        </Fact>
        {span === undefined ? null : (
          <>
            <Fact name="Parent">
              {span.parentSpanId === null ? (
                <span className="text-faint">none: a root</span>
              ) : (
                <Id value={span.parentSpanId} label="Copy the parent's id" />
              )}
            </Fact>
            {span.traceState === "" ? null : (
              <Fact name="Trace state">
                <Value value={span.traceState} />
              </Fact>
            )}
          </>
        )}
      </dl>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-xs text-faint">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

function Id({ value, label }: { value: string; label: string }) {
  return (
    <span className="-my-1 inline-flex items-center gap-1">
      <code className="font-mono text-xs">{value}</code>
      <CopyButton text={value} label={label} />
    </span>
  );
}

function Section(props: { title: string; count: number; children: ReactNode }) {
  return (
    <section className="mt-5">
      <h3 className="mb-1.5 text-xs font-semibold">
        {props.title}{" "}
        <span className="ml-0.5 font-normal text-faint">{fullCount(props.count)}</span>
      </h3>
      {props.children}
    </section>
  );
}

function Dropped({ count, what }: { count: number; what: string }) {
  if (count === 0) return null;
  return (
    <p className="mt-1 text-xs text-warn">
      {fullCount(count)} more {what} were dropped by the sender or over the limit
    </p>
  );
}

function Events({ span }: { span: Span }) {
  const start = parseInstant(span.startTime);
  return (
    <ol className="flex flex-col gap-3">
      {span.events.map((event, index) => (
        <li key={index}>
          <p className="mb-1 flex items-baseline gap-2">
            <span className="min-w-0 font-medium">
              <Value value={event.name} />
            </span>
            <span className="ml-auto shrink-0 text-xs text-muted">
              <Time value={event.time} /> <Offset start={start} event={event} />
            </span>
          </p>
          <AttributeList attributes={event.attributes} />
        </li>
      ))}
    </ol>
  );
}

function Offset({ start, event }: { start: ReturnType<typeof parseInstant>; event: SpanEvent }) {
  const at = parseInstant(event.time);
  if (start === undefined || at === undefined) return null;
  const offsetMs = millisecondsBetween(start, at);
  return <span className="text-faint">{`${offsetMs < 0 ? "" : "+"}${duration(offsetMs)}`}</span>;
}

function Links({ links }: { links: readonly SpanLink[] }) {
  return (
    <ul className="flex flex-col gap-3">
      {links.map((link, index) => (
        <li key={index}>
          <Link
            to="/traces/$traceId"
            params={{ traceId: link.traceId }}
            search={{ span: link.spanId }}
            className="mb-1 flex items-center gap-1.5 font-mono text-xs text-accent hover:underline"
          >
            <LinkIcon className="size-3.5" />
            <span className="truncate">
              {link.traceId} / {link.spanId}
            </span>
          </Link>
          <AttributeList attributes={link.attributes} />
        </li>
      ))}
    </ul>
  );
}

function Scope({ span }: { span: Span }) {
  const { name, version, attributes } = span.scope;
  return (
    <Section title="Scope" count={Object.keys(attributes).length}>
      <p className="mb-1 font-mono text-xs">
        <Value
          value={name === "" ? "(no name)" : `${name}${version === "" ? "" : ` ${version}`}`}
        />
      </p>
      {Object.keys(attributes).length === 0 ? null : <AttributeList attributes={attributes} />}
    </Section>
  );
}

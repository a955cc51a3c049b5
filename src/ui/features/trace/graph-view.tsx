import type { LinkedAnswer, LinkedSpan } from "#api/contract/one-trace.ts";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { Duration } from "../../components/duration.tsx";
import { LinkIcon, WarnIcon } from "../../components/icons.tsx";
import { Unanswered } from "../../components/notice.tsx";
import { ServiceName } from "../../components/service-name.tsx";
import { Head } from "../../components/table.tsx";
import { Name } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { duration, fullCount, shortCount } from "../../lib/format.ts";
import { selfTimes } from "./self-time.ts";
import {
  BOX,
  boxesOf,
  type GraphEdge,
  type GraphNode,
  groupLinks,
  type Line,
  lineBetween,
  type LinkGroup,
  serviceGraph,
} from "./service-graph.ts";
import type { SpanRow, SpanTree } from "./span-tree.ts";
import { useLinked } from "./trace-queries.ts";

interface GraphViewProps {
  readonly traceId: string;
  readonly tree: SpanTree;
  readonly selected: SpanRow | undefined;
  readonly onSelect: (row: SpanRow) => void;
}

/** More services than this are told by the table alone: a drawing of them would say nothing. */
const NODES_MAX = 60;
/** Groups of links that are drawn on either side. */
const GROUPS_MAX = 8;
const NO_LINKS: LinkedAnswer = { incoming: [], outgoing: [], searchedTo: "", truncated: false };

/** The services of the trace with their calls, the traces that are linked with it, and both as tables. */
export function GraphView({ traceId, tree, selected, onSelect }: GraphViewProps) {
  const linked = useLinked(traceId);
  const graph = useMemo(() => serviceGraph(tree, selfTimes(tree)), [tree]);
  const links = linked.data ?? NO_LINKS;
  return (
    <div className="h-full overflow-y-auto overscroll-contain bg-surface pb-6">
      {graph.nodes.length > NODES_MAX ? (
        <p className="px-4 pt-4 text-muted">
          {fullCount(graph.nodes.length)} services are too many to draw; the table has them all.
        </p>
      ) : (
        <Drawing
          {...{ tree, selected, onSelect }}
          nodes={graph.nodes}
          edges={graph.edges}
          links={links}
        />
      )}
      <Calls edges={graph.edges} />
      <section aria-label="Linked traces" className="mt-6 px-3 sm:px-4">
        <h2 className="mb-1 text-sm font-semibold">Linked traces</h2>
        {linked.data === undefined ? (
          <Unanswered
            error={linked.error}
            onRetry={() => void linked.refetch()}
            label="Asking for linked traces"
            rows={2}
          />
        ) : (
          <Links links={links} tree={tree} onSelect={onSelect} />
        )}
      </section>
    </div>
  );
}

interface DrawingProps {
  readonly tree: SpanTree;
  readonly selected: SpanRow | undefined;
  readonly onSelect: (row: SpanRow) => void;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly links: LinkedAnswer;
}

function Drawing({ tree, selected, onSelect, nodes, edges, links }: DrawingProps) {
  // Traces that this one was caused by stand to the left of it, and what it has caused to the right.
  const before = groupLinks(links.outgoing, tree).slice(0, GROUPS_MAX);
  const after = groupLinks(links.incoming, tree).slice(0, GROUPS_MAX);
  const levels = Map.groupBy(nodes, ({ level }) => level);
  const columns = [
    before.map((_, place) => `before ${place}`),
    ...[...levels.keys()]
      .toSorted((left, right) => left - right)
      .map((level) => levels.get(level)!.map(({ service }) => `service ${service}`)),
    after.map((_, place) => `after ${place}`),
  ].filter(({ length }) => length > 0);
  const { boxes, width, height } = boxesOf(columns);
  const most = Math.max(1, ...edges.map(({ calls }) => calls));
  const lines = [
    ...edges.map((edge) => ({
      key: `${edge.source}\n${edge.target}`,
      from: boxes.get(`service ${edge.source}`),
      to: boxes.get(`service ${edge.target}`),
      look: edge.errors > 0 ? "text-bad" : "text-line-strong",
      width: 1 + (2.5 * Math.log1p(edge.calls)) / Math.log1p(most),
      isLink: false,
      errors: edge.errors,
    })),
    ...linkLines(before, "before", boxes),
    ...linkLines(after, "after", boxes),
  ].flatMap(({ from, to, ...line }) =>
    from === undefined || to === undefined ? [] : [{ ...line, at: lineBetween(from, to) }],
  );
  return (
    <div
      role="group"
      tabIndex={0}
      aria-label="Services of the trace, drawn; the tables below say the same"
      className="overflow-x-auto p-4 outline-offset-[-2px] sm:p-6"
    >
      <div className="relative mx-auto" style={{ width, height }}>
        <svg
          aria-hidden="true"
          width={width}
          height={height}
          className="absolute inset-0 overflow-visible"
        >
          {lines.map(({ key, at, look, width: thick, isLink }) => (
            <path
              key={key}
              d={at.path}
              fill="none"
              stroke="currentColor"
              strokeWidth={thick}
              className={look}
              {...(isLink ? { strokeDasharray: "4 4" } : {})}
            />
          ))}
        </svg>
        {lines.map(({ key, at, errors }) =>
          errors === 0 ? null : <FailedCalls key={key} at={at} errors={errors} />,
        )}
        {nodes.map((node) => (
          <NodeBox
            key={node.service}
            node={node}
            place={boxes.get(`service ${node.service}`)!}
            isSelected={selected?.service === node.service}
            onSelect={onSelect}
          />
        ))}
        {before.map((group, place) => (
          <GroupBox key={place} group={group} place={boxes.get(`before ${place}`)!} word="from" />
        ))}
        {after.map((group, place) => (
          <GroupBox key={place} group={group} place={boxes.get(`after ${place}`)!} word="to" />
        ))}
      </div>
    </div>
  );
}

/** On the line of calls that failed: how many, for who does not tell its colour. */
function FailedCalls({ at: { middle }, errors }: { at: Line; errors: number }) {
  return (
    <span
      aria-hidden="true"
      className="absolute -translate-1/2 rounded-sm bg-surface px-1 text-2xs font-medium whitespace-nowrap text-bad"
      style={{ left: middle.x, top: middle.y }}
    >
      ✕ {shortCount(errors)}
    </span>
  );
}

function linkLines(
  groups: readonly LinkGroup[],
  side: "before" | "after",
  boxes: ReadonlyMap<string, { x: number; y: number }>,
) {
  return groups.flatMap(({ ends }, place) =>
    ends.map((service) => {
      const [own, other] = [boxes.get(`service ${service}`), boxes.get(`${side} ${place}`)];
      return {
        key: `${side} ${place} ${service}`,
        from: side === "before" ? other : own,
        to: side === "before" ? own : other,
        look: "text-accent",
        width: 1.5,
        isLink: true,
        errors: 0,
      };
    }),
  );
}

const BOX_LOOK =
  "absolute flex flex-col justify-center rounded-md border bg-surface px-2.5 text-left text-xs";

function NodeBox(props: {
  node: GraphNode;
  place: { x: number; y: number };
  isSelected: boolean;
  onSelect: (row: SpanRow) => void;
}) {
  const { node, place, isSelected, onSelect } = props;
  return (
    <button
      type="button"
      onClick={() => onSelect(node.row)}
      title="Select its span with the most time of its own"
      className={`${BOX_LOOK} ${isSelected ? "border-accent bg-selected" : "border-line-strong hover:bg-hover"}`}
      style={{ left: place.x, top: place.y, width: BOX.width, height: BOX.height }}
    >
      <ServiceName service={node.service} className="w-full font-medium" />
      <span className="flex w-full items-center gap-2 text-2xs whitespace-nowrap text-muted">
        {fullCount(node.spans)} {node.spans === 1 ? "span" : "spans"} · {duration(node.selfMs)}
        {node.errors === 0 ? null : (
          <span className="flex items-center gap-0.5 font-medium text-bad">
            <WarnIcon className="size-3" />
            {fullCount(node.errors)}
            <span className="sr-only">failed</span>
          </span>
        )}
      </span>
    </button>
  );
}

function GroupBox({
  group,
  place,
  word,
}: {
  group: LinkGroup;
  place: { x: number; y: number };
  word: "from" | "to";
}) {
  const first = group.links[0]!;
  return (
    <Link
      to="/traces/$traceId"
      params={{ traceId: first.traceId }}
      search={{ span: first.spanId }}
      className={`${BOX_LOOK} border-dashed border-accent hover:bg-hover`}
      style={{ left: place.x, top: place.y, width: BOX.width, height: BOX.height }}
    >
      <span className="flex w-full items-center gap-1.5">
        <LinkIcon className="size-3 text-accent" />
        <Name value={group.service ?? "not stored"} className="font-medium" />
      </span>
      <span className="w-full truncate text-2xs text-muted">
        {group.links.length === 1 ? "a link" : `${fullCount(group.links.length)} links`} {word}{" "}
        another trace
      </span>
    </Link>
  );
}

function Calls({ edges }: { edges: readonly GraphEdge[] }) {
  return (
    <section className="px-3 sm:px-4">
      <h2 className="mb-1 text-sm font-semibold">Calls between services</h2>
      <table aria-label="Calls between services" className="w-full max-w-4xl table-fixed">
        <thead className="border-b border-line">
          <tr>
            <Head>From</Head>
            <Head>To</Head>
            <Head className="w-18 text-right">Calls</Head>
            <Head className="w-18 text-right">Failed</Head>
            <Head className="w-24 text-right max-sm:hidden">Time in them</Head>
          </tr>
        </thead>
        <tbody>
          {edges.map(({ source, target, calls, errors, totalMs }) => (
            <tr key={`${source}\n${target}`} className="h-8 border-b border-line">
              <td className="min-w-0 px-2">
                <ServiceName service={source} />
              </td>
              <td className="min-w-0 px-2">
                <ServiceName service={target} />
              </td>
              <td className="px-2 text-right">{fullCount(calls)}</td>
              <td
                className={`px-2 text-right ${errors === 0 ? "text-faint" : "font-medium text-bad"}`}
              >
                {fullCount(errors)}
              </td>
              <td className="px-2 text-right max-sm:hidden">
                <Duration ms={totalMs} />
              </td>
            </tr>
          ))}
          {edges.length === 0 ? (
            <tr>
              <td colSpan={5} className="px-2 py-3 text-muted">
                All spans are of one service.
              </td>
            </tr>
          ) : null}
        </tbody>
      </table>
    </section>
  );
}

function Links(props: { links: LinkedAnswer; tree: SpanTree; onSelect: (row: SpanRow) => void }) {
  const { links, tree, onSelect } = props;
  if (links.incoming.length + links.outgoing.length === 0) {
    return (
      <p className="px-2 text-muted">
        No span of this trace links to another, and none of the day after its start links to it.
      </p>
    );
  }
  return (
    <>
      <table aria-label="Linked traces" className="w-full max-w-4xl table-fixed">
        <thead className="border-b border-line">
          <tr>
            <Head className="w-28">Direction</Head>
            <Head>Span of the other trace</Head>
            <Head className="max-sm:hidden">Span of this trace</Head>
            <Head className="w-28 max-md:hidden">Started</Head>
            <Head className="w-20 text-right max-sm:hidden">Duration</Head>
          </tr>
        </thead>
        <tbody>
          {links.outgoing.map((link, place) => (
            <LinkLine key={place} {...{ link, tree, onSelect }} word="links to" />
          ))}
          {links.incoming.map((link, place) => (
            <LinkLine key={place} {...{ link, tree, onSelect }} word="linked from" />
          ))}
        </tbody>
      </table>
      {links.truncated ? (
        <p className="mt-1 px-2 text-xs text-warn">There are more links than are shown here.</p>
      ) : null}
    </>
  );
}

function LinkLine(props: {
  link: LinkedSpan;
  word: string;
  tree: SpanTree;
  onSelect: (row: SpanRow) => void;
}) {
  const { link, word, tree, onSelect } = props;
  const { span } = link;
  const own = tree.byKey.get(link.ofSpanId);
  return (
    <tr className="h-8 border-b border-line">
      <td className="px-2 text-muted">{word}</td>
      <td className="min-w-0 px-2">
        {span === null ? (
          <span className="flex min-w-0 gap-1.5 text-faint">
            <code className="truncate font-mono text-xs">{link.traceId}</code> is not stored
          </span>
        ) : (
          <Link
            to="/traces/$traceId"
            params={{ traceId: link.traceId }}
            search={{ span: link.spanId }}
            className="flex min-h-6 min-w-0 items-center gap-2 text-accent hover:underline"
          >
            {span.status === "error" ? <WarnIcon className="size-3.5 text-bad" /> : null}
            <ServiceName service={span.service} className="max-w-[45%] shrink-0" />
            <Name value={span.name} />
          </Link>
        )}
      </td>
      <td className="min-w-0 px-2 max-sm:hidden">
        {own === undefined ? null : (
          <button
            type="button"
            onClick={() => onSelect(own)}
            className="flex min-h-6 w-full min-w-0 items-center text-left text-accent hover:underline"
          >
            <Name value={own.name} />
          </button>
        )}
      </td>
      <td className="px-2 text-muted max-md:hidden">
        {span === null ? "" : <Time value={span.startTime} />}
      </td>
      <td className="px-2 text-right max-sm:hidden">
        {span === null ? "" : <Duration ms={span.durationMs} />}
      </td>
    </tr>
  );
}

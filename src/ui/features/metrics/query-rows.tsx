import { useEffect, useRef, useState, type ReactNode, type Ref } from "react";
import type { FormulaError } from "#core/formula/formula-node.ts";
import { Button, IconButton } from "../../components/button.tsx";
import { Combobox } from "../../components/combobox.tsx";
import { CloseIcon, PlusIcon } from "../../components/icons.tsx";
import { Select } from "../../components/select.tsx";
import { Value } from "../../components/text.tsx";
import type { MetricSummary } from "../../lib/api/metrics.ts";
import type { ApiFailure } from "../../lib/api/request.ts";
import type { TimeRange } from "../../lib/time-range.ts";
import { visible } from "../../lib/visible-text.ts";
import { aggregationsOf, aggregationWords } from "./aggregations.ts";
import { metricOption } from "./metric-catalogue.ts";
import {
  freeId,
  hasRoomForFormula,
  type MetricsView,
  plainQuery,
  type QueryId,
  type QueryView,
  withQuery,
} from "./metric-view.ts";
import { FilterEditor, GroupByEditor } from "./term-chips.tsx";

interface RowsProps {
  readonly view: MetricsView;
  readonly range: TimeRange;
  readonly metrics: readonly MetricSummary[];
  /** Why a query has no answer. */
  readonly failures: ReadonlyMap<QueryId, ApiFailure>;
  readonly faults: ReadonlyMap<number, FormulaError>;
  readonly onView: (view: MetricsView) => void;
}

/** The queries and formulas of a view, each a line to be changed. */
export function QueryRows(props: RowsProps) {
  const { view, onView } = props;
  const [hasNew, setNew] = useState(false);
  const [hasNewFormula, setNewFormula] = useState(false);
  const free = freeId(view);
  const isFirst = view.queries.length === 0;
  const canFormula = hasRoomForFormula(view);
  return (
    <div className="flex flex-col gap-2 p-2 sm:px-3">
      {view.queries.map((query) => (
        <QueryRow key={query.id} {...props} query={query} />
      ))}
      {free !== undefined && (isFirst || hasNew) ? (
        <NewQueryRow
          {...props}
          id={free}
          onLeave={isFirst ? undefined : () => setNew(false)}
          onMetric={() => setNew(false)}
        />
      ) : null}
      {view.formulas.map((text, place) => (
        <FormulaRow
          key={place}
          text={text}
          fault={props.faults.get(place)}
          onText={(next) => onView({ ...view, formulas: view.formulas.with(place, next) })}
          onRemove={() => onView({ ...view, formulas: view.formulas.toSpliced(place, 1) })}
        />
      ))}
      {hasNewFormula ? (
        <FormulaRow
          text=""
          fault={undefined}
          onText={(text) => {
            setNewFormula(false);
            onView({ ...view, formulas: [...view.formulas, text] });
          }}
          onRemove={() => setNewFormula(false)}
        />
      ) : null}
      {isFirst ? null : (
        <div className="flex flex-wrap items-center gap-2">
          {free === undefined || hasNew ? null : (
            <Button onClick={() => setNew(true)}>
              <PlusIcon className="size-3" />
              Query
            </Button>
          )}
          {canFormula && !hasNewFormula ? (
            <Button onClick={() => setNewFormula(true)} title="Such as a / b * 100">
              <PlusIcon className="size-3" />
              Formula
            </Button>
          ) : null}
        </div>
      )}
    </div>
  );
}

/** The letter of a query, which formulas call it by; pressed, it is drawn. */
function Letter({
  id,
  isHidden,
  onPress,
}: {
  id: string;
  isHidden: boolean;
  onPress?: () => void;
}) {
  const look =
    "inline-flex size-7 shrink-0 items-center justify-center rounded-md text-xs font-semibold";
  if (onPress === undefined) {
    return <span className={`${look} bg-sunken text-faint`}>{id.toUpperCase()}</span>;
  }
  return (
    <button
      type="button"
      aria-pressed={!isHidden}
      aria-label={`Draw query ${id.toUpperCase()}`}
      title={isHidden ? "Not drawn; formulas can use it" : "Drawn; press to leave it to formulas"}
      onClick={onPress}
      className={`${look} ${isHidden ? "border border-dashed border-line-strong text-faint" : "bg-selected text-text"}`}
    >
      {id.toUpperCase()}
    </button>
  );
}

function QueryRow(props: RowsProps & { query: QueryView }) {
  const { view, query, metrics, range, failures, onView } = props;
  const metric = metrics.find(({ name }) => name === query.metric);
  const of = `query ${query.id.toUpperCase()}`;
  const change = (part: Partial<QueryView>): void => onView(withQuery(view, { ...query, ...part }));
  const failure = failures.get(query.id);
  return (
    <Row
      removal={`Remove ${of}`}
      onRemove={() =>
        onView({ ...view, queries: view.queries.filter(({ id }) => id !== query.id) })
      }
    >
      <Letter
        id={query.id}
        isHidden={query.isHidden}
        onPress={() => change({ isHidden: !query.isHidden })}
      />
      <MetricField
        label={`Metric of ${of}`}
        value={query.metric}
        metrics={metrics}
        onMetric={(name) =>
          change({ metric: name, aggregation: undefined, groupBy: query.groupBy })
        }
      />
      <AggregationSelect of={of} metric={metric} query={query} onChange={change} />
      <FilterEditor
        of={of}
        range={range}
        metric={metric}
        filters={query.filters}
        onChange={(filters) => change({ filters })}
      />
      <GroupByEditor
        of={of}
        range={range}
        metric={metric}
        keys={query.groupBy}
        onChange={(groupBy) => change({ groupBy })}
      />
      {failure === undefined ? null : (
        <div role="alert" className="w-full text-xs text-bad">
          {failure.error.title}
          <div className="text-muted">
            <Value value={failure.error.detail} />
          </div>
        </div>
      )}
    </Row>
  );
}

function AggregationSelect(props: {
  of: string;
  metric: MetricSummary | undefined;
  query: QueryView;
  onChange: (part: Partial<QueryView>) => void;
}) {
  const { of, metric, query, onChange } = props;
  const suited = metric === undefined ? [] : aggregationsOf(metric.type, metric.monotonic);
  const chosen = query.aggregation ?? suited[0];
  if (chosen === undefined) return null;
  const all = suited.includes(chosen) ? suited : [...suited, chosen];
  return (
    <Select
      label={`Aggregation of ${of}`}
      value={chosen}
      options={all.map((value) => ({ value, title: aggregationWords(value) }))}
      onChange={(aggregation) =>
        onChange({ aggregation: aggregation === suited[0] ? undefined : aggregation })
      }
    />
  );
}

function NewQueryRow(
  props: RowsProps & { id: QueryId; onLeave: (() => void) | undefined; onMetric: () => void },
) {
  const { view, id, metrics, onView, onLeave, onMetric } = props;
  const field = useRef<HTMLInputElement>(null);
  const isAsked = onLeave !== undefined;
  useEffect(() => {
    if (isAsked) field.current?.focus();
  }, [isAsked]);
  return (
    <Row removal="Leave this query" onRemove={onLeave}>
      <Letter id={id} isHidden={false} />
      <MetricField
        label={`Metric of query ${id.toUpperCase()}`}
        value=""
        inputRef={field}
        metrics={metrics}
        onMetric={(name) => {
          onMetric();
          onView(withQuery(view, plainQuery(id, name)));
        }}
      />
    </Row>
  );
}

function MetricField(props: {
  label: string;
  value: string;
  metrics: readonly MetricSummary[];
  onMetric: (name: string) => void;
  inputRef?: Ref<HTMLInputElement>;
}) {
  const { label, value, metrics, onMetric, inputRef } = props;
  return (
    <Combobox
      {...(inputRef === undefined ? {} : { inputRef })}
      label={label}
      value={value}
      placeholder="Choose a metric"
      options={metrics.map(metricOption)}
      onChoose={onMetric}
      nothing="No metric of this time range has that in its name"
      className="w-72 max-w-full flex-1 sm:flex-none"
    />
  );
}

function FormulaRow(props: {
  text: string;
  fault: FormulaError | undefined;
  onText: (text: string) => void;
  onRemove: () => void;
}) {
  const { text, fault, onText, onRemove } = props;
  const [draft, setDraft] = useState<string>();
  const field = useRef<HTMLInputElement>(null);
  const isNew = text === "";
  useEffect(() => {
    // A new row is there to be written in.
    if (isNew) field.current?.focus();
  }, [isNew]);
  const apply = (): void => {
    const next = draft?.trim();
    setDraft(undefined);
    if (next !== undefined && next !== "" && next !== text) onText(next);
  };
  return (
    <Row
      removal="Remove this formula"
      onRemove={() => {
        setDraft(undefined);
        onRemove();
      }}
    >
      <span className="inline-flex size-7 shrink-0 items-center justify-center rounded-md bg-sunken font-mono text-xs font-semibold text-muted">
        =
      </span>
      <input
        type="text"
        aria-label="Formula"
        aria-invalid={fault !== undefined}
        ref={field}
        autoComplete="off"
        spellCheck={false}
        maxLength={1_000}
        placeholder="a / b * 100"
        value={draft ?? text}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={apply}
        onKeyDown={(event) => {
          if (event.key === "Enter") apply();
          if (event.key === "Escape") setDraft(undefined);
        }}
        className="h-7 w-72 max-w-full min-w-0 flex-1 rounded-md border border-line bg-surface px-2 font-mono text-xs placeholder:text-faint hover:border-line-strong sm:flex-none"
      />
      {fault === undefined || draft !== undefined ? null : (
        <FormulaFaultLine text={text} fault={fault} />
      )}
    </Row>
  );
}

/** What is wrong with a formula, with the place underlined. */
function FormulaFaultLine({ text, fault: { message, at } }: { text: string; fault: FormulaError }) {
  const marked = text.slice(at.from, Math.max(at.to, at.from + 1));
  return (
    <div role="alert" className="min-w-0 text-xs">
      <p className="text-bad">{message}</p>
      <code className="block font-mono wrap-anywhere whitespace-pre-wrap text-muted">
        {visible(text.slice(0, at.from))}
        <span className="text-bad underline decoration-wavy">
          {marked === "" ? "\u00a0" : visible(marked)}
        </span>
        {visible(text.slice(at.from + marked.length))}
      </code>
    </div>
  );
}

function Row(props: { children: ReactNode; removal: string; onRemove: (() => void) | undefined }) {
  const { children, removal, onRemove } = props;
  return (
    <div className="flex items-start gap-2">
      <div className="flex min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-1.5">{children}</div>
      {onRemove === undefined ? null : (
        <IconButton
          label={removal}
          // The field keeps the focus: leaving it would apply what is about to be removed.
          onMouseDown={(event) => event.preventDefault()}
          onClick={onRemove}
        >
          <CloseIcon className="size-3.5" />
        </IconButton>
      )}
    </div>
  );
}

import type { HeatmapAnswer } from "#api/contract/trace-views.ts";
import { useMemo, type ReactNode } from "react";
import { Heatmap, HeatmapLegend } from "../../charts/heatmap.tsx";
import type { HeatmapBox, HeatmapCells } from "../../charts/heatmap-cells.ts";
import { Button } from "../../components/button.tsx";
import { WarnIcon } from "../../components/icons.tsx";
import { Failure, Loading, Nothing } from "../../components/notice.tsx";
import { Panel } from "../../components/panel.tsx";
import { askHeatmap } from "../../lib/api/trace-views.ts";
import { percent, shortCount } from "../../lib/format.ts";
import { everyMsIn, POLL_MS, usePolled } from "../../lib/queries.ts";
import { rangeWords } from "../../lib/time-range.ts";
import { searchParameters, type TracesView } from "./traces-view.ts";

interface LatencyProps {
  readonly view: TracesView;
  readonly isTable: boolean;
  readonly onTable: (isTable: boolean) => void;
  readonly onRoots: (isRoots: boolean) => void;
  readonly onBox: (box: HeatmapBox | undefined) => void;
  readonly onOnlyFailed: (only: boolean) => void;
}

const HEIGHT = 232;

/** When the spans of the search were, and how long they took. A box drawn in it is the page's selection. */
export function LatencyPanel(props: LatencyProps) {
  const { view, isTable, onTable, onRoots, onBox, onOnlyFailed } = props;
  const { q, range, isRoots, box, onlyFailed } = view;
  const { data, error, refetch } = usePolled({
    key: ["trace-views", "heatmap", q, range, isRoots],
    ask: (cancel) => askHeatmap(searchParameters(view, Date.now()), cancel),
    // A box is drawn on what is seen; under it nothing moves away.
    everyMs: box === undefined ? everyMsIn(range, POLL_MS.spans) : false,
    keepPrevious: true,
  });
  return (
    <Panel
      title="Latency"
      note={data === undefined ? undefined : <Counted answer={data} isRoots={isRoots} />}
      actions={
        <>
          <Button pressed={onlyFailed} onClick={() => onOnlyFailed(!onlyFailed)}>
            <WarnIcon className="size-3.5" />
            Compare failed
          </Button>
          <Button
            pressed={isRoots}
            title="Count only the first span of each trace"
            onClick={() => onRoots(!isRoots)}
          >
            Root spans
          </Button>
          <Button pressed={isTable} onClick={() => onTable(!isTable)}>
            Table
          </Button>
        </>
      }
    >
      {data === undefined ? (
        <div style={{ minHeight: HEIGHT }}>
          {error === null ? (
            <Loading rows={7} label="Counting the spans" />
          ) : (
            <Failure error={error.error} onRetry={() => void refetch()} />
          )}
        </div>
      ) : (
        <Drawn answer={data} isTable={isTable} box={box} onBox={onBox}>
          <Nothing title={`No ${isRoots ? "root " : ""}span in the ${rangeWords(range)}`}>
            {q === ""
              ? "A wider range may find some."
              : "A wider range or another search may find some."}
          </Nothing>
        </Drawn>
      )}
    </Panel>
  );
}

function Counted({ answer, isRoots }: { answer: HeatmapAnswer; isRoots: boolean }) {
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const [count, errors] = [sum(answer.count), sum(answer.errors)];
  const { share } = answer.scanned;
  return (
    <>
      {share < 1 ? "about " : ""}
      {shortCount(count)} {isRoots ? "root spans" : "spans"}
      {errors > 0 ? `, ${shortCount(errors)} failed` : ""}
      {share < 1 ? `, counted in ${percent(share)} of the range` : ""}
    </>
  );
}

function Drawn(props: {
  answer: HeatmapAnswer;
  isTable: boolean;
  box: HeatmapBox | undefined;
  onBox: (box: HeatmapBox | undefined) => void;
  children: ReactNode;
}) {
  const { answer, isTable, box, onBox, children } = props;
  const cells = useMemo(
    (): HeatmapCells => ({ ...answer, startMs: Date.parse(answer.startTime) }),
    [answer],
  );
  if (cells.count.length === 0) return children;
  const max = cells.count.reduce((most, count) => Math.max(most, count), 0);
  return (
    <>
      <Heatmap
        label="Spans by time and duration"
        cells={cells}
        height={HEIGHT}
        selected={box}
        onSelect={onBox}
        isTable={isTable}
      />
      <HeatmapLegend max={max} onClear={box === undefined ? undefined : () => onBox(undefined)} />
    </>
  );
}

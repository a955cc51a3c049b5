import type { SamplesAnswer } from "#api/contract/samples.ts";
import { useMemo, useState } from "react";
import { Nothing, Unanswered } from "../../components/notice.tsx";
import { Name, Value } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { askSamples } from "../../lib/api/pipelines.ts";
import { usePolled } from "../../lib/queries.ts";
import { type FieldChange, fieldChanges } from "./sample-changes.ts";
import { sampleNames } from "./sample-names.ts";
import type { Chosen } from "./topology-view.tsx";

const EVERY_MS = 3_000;

type Sample = SamplesAnswer["data"][number];

const OUTCOME_LOOKS: Readonly<Record<Sample["outcome"], string>> = {
  passed: "text-muted",
  changed: "text-accent",
  dropped: "text-warn",
  taken: "text-muted",
  refused: "text-bad",
  delivered: "text-good",
  dead_letter: "text-bad",
};

/** Rows that went by a component a moment ago, as it was given them and as it left them. */
export function Samples({ chosen }: { chosen: Chosen }) {
  const { pipeline, kind, name } = chosen;
  const { data, error, refetch } = usePolled({
    key: ["samples", pipeline, kind, name],
    ask: (cancel) => askSamples({ pipeline, kind, name }, cancel),
    everyMs: EVERY_MS,
  });
  if (data === undefined)
    return (
      <Unanswered
        error={error}
        onRetry={() => void refetch()}
        label="Rows are looked for"
        rows={4}
      />
    );
  const { because } = data.hidden;
  return (
    <div>
      {because === null ? null : (
        <p className="border-b border-line bg-sunken px-4 py-2 text-xs text-muted">
          Some rows are hidden: {because}.
        </p>
      )}
      {data.data.length === 0 ? (
        <Nothing title="No row has passed yet">
          Rows are looked at from now on; the next that pass show here.
        </Nothing>
      ) : (
        <SampleList samples={data.data} />
      )}
    </div>
  );
}

/** The one that is open stays open and the same, whatever comes before it: at first it is the newest. */
function SampleList({ samples }: { samples: readonly Sample[] }) {
  const names = useMemo(() => sampleNames(samples), [samples]);
  const [open, setOpen] = useState(names[0]);
  return (
    <ul>
      {samples.map((sample, index) => {
        const name = names[index];
        const isOpen = name === open;
        return (
          <SampleItem
            key={name}
            sample={sample}
            isOpen={isOpen}
            onOpen={() => setOpen(isOpen ? undefined : name)}
          />
        );
      })}
    </ul>
  );
}

function SampleItem(props: { sample: Sample; isOpen: boolean; onOpen: () => void }) {
  const { sample, isOpen, onOpen } = props;
  const { outcome, signal, time, before, after } = sample;
  const changes = isOpen ? fieldChanges(before, after) : [];
  return (
    <li className="border-b border-line last:border-0">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={onOpen}
        className="flex w-full items-baseline gap-3 px-4 py-1.5 text-left text-xs hover:bg-hover"
      >
        <span className={`w-20 shrink-0 font-medium ${OUTCOME_LOOKS[outcome]}`}>
          {outcome.replace("_", " ")}
        </span>
        <Time value={time} className="text-faint" />
        <span className="shrink-0 text-faint">{signal}</span>
        <span className="min-w-0 flex-1">
          <Name value={summaryOf(after ?? before)} />
        </span>
      </button>
      {isOpen ? (
        <Changes changes={changes} hasBefore={before !== null} hasAfter={after !== null} />
      ) : null}
    </li>
  );
}

function summaryOf(row: Sample["before"]): string {
  const text = row?.["message"] ?? row?.["body"] ?? row?.["name"] ?? row?.["metric"];
  if (typeof text === "string") return text;
  return row === null ? "hidden" : JSON.stringify(text ?? row);
}

function Changes(props: {
  changes: readonly FieldChange[];
  hasBefore: boolean;
  hasAfter: boolean;
}) {
  const { changes, hasBefore, hasAfter } = props;
  const isBoth = hasBefore && hasAfter;
  const changed = changes.filter(({ kind }) => kind !== "same");
  return (
    <div
      className="overflow-x-auto bg-sunken px-4 py-2"
      role="region"
      aria-label="Fields of the row"
      tabIndex={0}
    >
      {isBoth ? (
        <p className="mb-1 text-xs text-muted">
          {changed.length === 0
            ? "Nothing was changed."
            : `${changed.length} of ${changes.length} fields were changed; they are marked.`}
        </p>
      ) : null}
      <table className="w-full text-xs">
        <thead>
          <tr className="text-left text-faint">
            <th scope="col" className="pr-3 font-medium">
              Field
            </th>
            {hasBefore ? <ColumnHead words={isBoth ? "Before" : "As it was given"} /> : null}
            {hasAfter ? <ColumnHead words={isBoth ? "After" : "The row"} /> : null}
          </tr>
        </thead>
        <tbody className="font-mono">
          {changes.map((change) => (
            <ChangeRow key={change.field} change={change} isBoth={isBoth} hasBefore={hasBefore} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ColumnHead({ words }: { words: string }) {
  return (
    <th scope="col" className="pr-3 font-medium">
      {words}
    </th>
  );
}

const MARKS: Readonly<Record<FieldChange["kind"], string>> = {
  same: "",
  changed: "±",
  added: "+",
  removed: "−",
};

function ChangeRow(props: { change: FieldChange; isBoth: boolean; hasBefore: boolean }) {
  const { change, isBoth, hasBefore } = props;
  const { field, before, after, kind } = change;
  const isMarked = isBoth && kind !== "same";
  return (
    <tr className={`align-top ${isMarked ? "bg-warn-soft" : ""}`}>
      <th scope="row" className="max-w-52 py-0.5 pr-3 text-left font-normal text-muted">
        <span className="flex gap-1">
          <span
            aria-label={isMarked ? kind : undefined}
            role={isMarked ? "img" : undefined}
            className="w-2 text-warn"
          >
            {isMarked ? MARKS[kind] : ""}
          </span>
          <Name value={field} />
        </span>
      </th>
      {isBoth || hasBefore ? <Cell text={before} /> : null}
      {isBoth || !hasBefore ? <Cell text={after} /> : null}
    </tr>
  );
}

function Cell({ text }: { text: string | undefined }) {
  return (
    <td className="max-w-96 py-0.5 pr-3">
      {text === undefined ? <span className="text-faint">not there</span> : <Value value={text} />}
    </td>
  );
}

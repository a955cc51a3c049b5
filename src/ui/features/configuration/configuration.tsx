import type { PipelineConfigAnswer, PipelineVerdict } from "#api/contract/pipeline-config.ts";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Button } from "../../components/button.tsx";
import { ConfirmDialog } from "../../components/confirm-dialog.tsx";
import { CheckIcon, ErrorIcon } from "../../components/icons.tsx";
import { Failure, Unanswered } from "../../components/notice.tsx";
import { Panel } from "../../components/panel.tsx";
import { Value } from "../../components/text.tsx";
import { askPipelineConfig, putPipelineConfig } from "../../lib/api/pipelines.ts";
import { type ApiError, ApiFailure } from "../../lib/api/request.ts";
import { usePolled } from "../../lib/queries.ts";
import { DiffView } from "./diff-view.tsx";
import { Editor, type LineProblems } from "./editor.tsx";
import { lineDiff } from "./line-diff.ts";
import { type Judged, useVerdict } from "./use-verdict.ts";

const KEY = ["pipelines", "config"];

/** The graph as it is written, to be changed: judged while it is written, compared, and then applied. */
export function Configuration() {
  const { data, error, refetch } = usePolled({ key: KEY, ask: askPipelineConfig, everyMs: false });
  if (data === undefined)
    return (
      <Panel title="Configuration">
        <Unanswered
          error={error}
          onRetry={() => void refetch()}
          label="The configuration is asked for"
          rows={8}
        />
      </Panel>
    );
  return <Draft config={data} />;
}

/** What is written and not applied yet, and the text that it was begun from. */
interface Written {
  readonly text: string;
  readonly base: string;
}

/** A change that is written and not applied yet. It is lost when the page is left, and not before. */
function Draft({ config }: { config: PipelineConfigAnswer }) {
  const [written, setWritten] = useState<Written>();
  const [isAsking, setIsAsking] = useState(false);
  const [goTo, setGoTo] = useState<{ line: number }>();
  const { text, base } = written ?? { text: config.text, base: config.text };
  const isChanged = text !== config.text;
  const judged = useVerdict(isChanged ? text : undefined, config.text);
  const diff = useMemo(() => lineDiff(config.text, text), [config.text, text]);
  const canApply = isChanged && judged?.verdict?.valid === true;
  return (
    <div className="grid items-start gap-3 xl:grid-cols-[3fr_2fr]">
      <Panel
        title="Configuration"
        note={config.file ?? "There is no file yet: applying writes one"}
        actions={
          <>
            <Button disabled={!isChanged} onClick={() => setWritten(undefined)}>
              Take back
            </Button>
            <Button disabled={!canApply} onClick={() => setIsAsking(true)}>
              Apply…
            </Button>
          </>
        }
      >
        {isChanged && base !== config.text ? (
          <ChangedElsewhere
            onTake={() => setWritten(undefined)}
            onKeep={() => setWritten({ text, base: config.text })}
          />
        ) : null}
        <div className="p-3">
          <Editor
            value={text}
            onChange={(next) => setWritten(next === config.text ? undefined : { text: next, base })}
            problems={problemLines(judged?.verdict)}
            goTo={goTo}
          />
          <p className="mt-2 text-xs text-muted">
            Receivers, processors, destinations and pipelines. Secrets that are shown as{" "}
            <code>********</code> stay what they are. Write <code>{"${env:NAME}"}</code> or{" "}
            <code>{"${file:path}"}</code> for one that stands elsewhere.
          </p>
        </div>
      </Panel>
      <div className="flex flex-col gap-3">
        <Panel title="Dry run">
          <Verdict isChanged={isChanged} judged={judged} onLine={(line) => setGoTo({ line })} />
        </Panel>
        {isChanged ? (
          <Panel title="What is changed in the text">
            <div className="p-3">
              <DiffView lines={diff} />
            </div>
          </Panel>
        ) : null}
      </div>
      {isAsking && judged?.verdict !== undefined ? (
        <ApplyDialog
          text={text}
          verdict={judged.verdict}
          onApplied={() => setWritten(undefined)}
          onClose={() => setIsAsking(false)}
        />
      ) : null}
    </div>
  );
}

/** Somebody else has written the file meanwhile: what is written here is compared with that, and kept. */
function ChangedElsewhere({ onTake, onKeep }: { onTake: () => void; onKeep: () => void }) {
  return (
    <div role="status" className="border-b border-line bg-warn-soft px-4 py-2 text-xs">
      <p className="font-medium">The configuration has changed since you began</p>
      <p className="mt-0.5 text-muted">
        What you wrote is still here, and is compared with what runs now. Applying it takes the
        other change back.
      </p>
      <div className="mt-1.5 flex gap-2">
        <Button onClick={onTake}>Take the new text</Button>
        <Button onClick={onKeep}>Keep mine</Button>
      </div>
    </div>
  );
}

function problemLines(verdict: PipelineVerdict | undefined): LineProblems {
  const lines = new Map<number, string[]>();
  for (const { line, where, found, allowed } of verdict?.problems ?? []) {
    if (line === null) continue;
    const words = `${where}: found ${found}; allowed: ${allowed}`;
    lines.set(line, [...(lines.get(line) ?? []), words]);
  }
  return lines;
}

function Verdict(props: {
  isChanged: boolean;
  judged: Judged | undefined;
  onLine: (line: number) => void;
}) {
  const { isChanged, judged, onLine } = props;
  if (!isChanged)
    return (
      <p className="p-3 text-xs text-muted sm:px-4">
        This is what runs. Change the text, and what that would do is told here; nothing happens
        before it is applied.
      </p>
    );
  if (judged === undefined)
    return (
      <p role="status" className="p-3 text-xs text-muted sm:px-4">
        The text is judged…
      </p>
    );
  if (judged.error !== undefined) return <Failure error={judged.error} />;
  const { valid, changes, problems } = judged.verdict!;
  return (
    <div role="status" className="p-3 text-xs sm:px-4">
      {valid ? (
        <>
          <p className="flex items-center gap-1.5 font-medium text-good">
            <CheckIcon className="size-3.5" />
            It would work
          </p>
          <ChangeList changes={changes} />
        </>
      ) : (
        <>
          <p className="flex items-center gap-1.5 font-medium text-bad">
            <ErrorIcon className="size-3.5" />
            {problems.length === 1 ? "1 problem" : `${problems.length} problems`}
          </p>
          <ul className="mt-1.5 flex flex-col gap-2">
            {problems.map((problem, index) => (
              <Problem key={index} problem={problem} onLine={onLine} />
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function Problem(props: {
  problem: PipelineVerdict["problems"][number];
  onLine: (line: number) => void;
}) {
  const { where, line, found, allowed } = props.problem;
  return (
    <li className="rounded-md border border-line px-2.5 py-1.5">
      <p className="flex items-baseline justify-between gap-2">
        <code className="min-w-0 wrap-anywhere">{where}</code>
        {line === null ? null : (
          <button
            type="button"
            onClick={() => props.onLine(line)}
            className="shrink-0 py-1 text-accent hover:underline"
          >
            Line {line}
          </button>
        )}
      </p>
      <Value value={`Found ${found}. Allowed: ${allowed}.`} />
    </li>
  );
}

function ChangeList({ changes }: { changes: readonly string[] }) {
  if (changes.length === 0)
    return <p className="mt-1 text-muted">The running graph would stay as it is.</p>;
  return (
    <ul className="mt-1.5 list-disc pl-4">
      {changes.map((change) => (
        <li key={change}>
          <Value value={change} />
        </li>
      ))}
    </ul>
  );
}

function ApplyDialog(props: {
  text: string;
  verdict: PipelineVerdict;
  /** The text of the server is asked for anew by then. */
  onApplied: () => void;
  onClose: () => void;
}) {
  const { text, verdict, onApplied, onClose } = props;
  const queries = useQueryClient();
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const apply = async (): Promise<void> => {
    setIsBusy(true);
    setError(undefined);
    try {
      await putPipelineConfig(text, new AbortController().signal);
      await queries.invalidateQueries({ queryKey: ["pipelines"] });
      onApplied();
      onClose();
    } catch (thrown) {
      if (!(thrown instanceof ApiFailure)) throw thrown;
      setError(thrown.error);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <ConfirmDialog
      title="Apply this configuration?"
      action={isBusy ? "Applying…" : "Apply"}
      isBusy={isBusy}
      onConfirm={() => void apply()}
      onClose={onClose}
    >
      <p>
        The running graph becomes this one, without a row lost or repeated, and the file is written;
        the one of before stays beside it as <code>.bak</code>.
      </p>
      <div className="mt-2 text-xs">
        <ChangeList changes={verdict.changes} />
      </div>
      {error === undefined ? null : <Failure error={error} />}
    </ConfirmDialog>
  );
}

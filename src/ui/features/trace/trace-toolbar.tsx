import { useId, type KeyboardEvent, type RefObject } from "react";
import { Button, IconButton } from "../../components/button.tsx";
import { ChevronIcon, CloseIcon } from "../../components/icons.tsx";
import { fullCount } from "../../lib/format.ts";
import { Key } from "./trace-header.tsx";

interface TraceToolbarProps {
  readonly find: string;
  /** How many rows it finds; undefined while nothing is looked for. */
  readonly found: number | undefined;
  /** The place of the selected row among them, from 1; 0 where it is none of them. */
  readonly at: number;
  readonly isAsking: boolean;
  readonly field: RefObject<HTMLInputElement | null>;
  readonly onFind: (text: string) => void;
  readonly onStep: (direction: "next" | "previous") => void;
  readonly isPath: boolean;
  readonly onPath: () => void;
  /** Undefined where logs cannot stand among what is shown. */
  readonly isLogs: boolean | undefined;
  readonly onLogs: () => void;
  readonly onSave: () => void;
  readonly isSaving: boolean;
}

/** What is looked for in the trace, and what is pointed out in it. */
export function TraceToolbar(props: TraceToolbarProps) {
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line bg-surface px-3 py-1.5 sm:px-4">
      <Find {...props} />
      <Button
        pressed={props.isPath}
        onClick={props.onPath}
        title="What the trace waited for, from its start to its end"
        aria-keyshortcuts="p"
      >
        Critical path
      </Button>
      {props.isLogs === undefined ? null : (
        <Button
          pressed={props.isLogs}
          onClick={props.onLogs}
          title="Log records under their spans"
          aria-keyshortcuts="l"
        >
          Logs in place
        </Button>
      )}
      <Button className="ml-auto" onClick={props.onSave} disabled={props.isSaving}>
        {props.isSaving ? "Saving …" : "Save as JSON"}
      </Button>
    </div>
  );
}

function Find({ find, found, at, isAsking, field, onFind, onStep }: TraceToolbarProps) {
  const id = useId();
  const press = (event: KeyboardEvent): void => {
    if (event.key === "Enter") onStep(event.shiftKey ? "previous" : "next");
    else if (event.key === "Escape") {
      if (find !== "") onFind("");
      else field.current?.blur();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="flex items-center gap-1 max-sm:w-full">
      <label htmlFor={id} className="sr-only">
        Find in this trace
      </label>
      <span className="relative max-sm:flex-1">
        <input
          ref={field}
          id={id}
          value={find}
          onChange={(event) => onFind(event.target.value)}
          onKeyDown={press}
          placeholder="Find in this trace"
          maxLength={256}
          spellCheck={false}
          autoComplete="off"
          aria-keyshortcuts="/"
          className="h-7 w-56 rounded-md border border-line-strong bg-surface pr-7 pl-2 text-xs placeholder:text-faint max-sm:w-full"
        />
        {find === "" ? (
          <span className="pointer-events-none absolute top-1.5 right-1.5 pointer-coarse:hidden">
            <Key>/</Key>
          </span>
        ) : (
          <span className="absolute top-0 right-0">
            <IconButton label="Find nothing" onClick={() => onFind("")}>
              <CloseIcon className="size-3" />
            </IconButton>
          </span>
        )}
      </span>
      {found === undefined ? null : (
        <>
          <span role="status" className="min-w-16 text-right text-xs text-muted">
            {found === 0
              ? isAsking
                ? "looking …"
                : "none"
              : `${at === 0 ? "" : `${fullCount(at)} of `}${fullCount(found)}`}
          </span>
          <IconButton label="The one before" onClick={() => onStep("previous")}>
            <ChevronIcon className="size-3.5 -rotate-90" />
          </IconButton>
          <IconButton label="The next one" onClick={() => onStep("next")}>
            <ChevronIcon className="size-3.5 rotate-90" />
          </IconButton>
        </>
      )}
    </div>
  );
}

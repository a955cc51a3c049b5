import { useLayoutEffect, useMemo, useRef, type KeyboardEvent } from "react";
import { highlight, type Piece } from "./highlight.ts";

const LOOKS: Readonly<Record<Piece["kind"], string>> = {
  plain: "",
  key: "text-accent",
  string: "text-good",
  number: "text-warn",
  comment: "text-faint italic",
  reference: "text-warn underline decoration-dotted",
  mark: "text-muted",
};

/** What is wrong with lines of the text, by their numbers. */
export type LineProblems = ReadonlyMap<number, readonly string[]>;

const TEXT = "px-3 py-2 font-mono text-xs leading-5 whitespace-pre";

/**
 * A text of YAML or JSON: a plain text field, over the same text in colours. Tab leaves it, as everywhere;
 * the keys that indent are Ctrl or ⌘ with [ and ].
 */
export function Editor(props: {
  value: string;
  onChange: (value: string) => void;
  problems: LineProblems;
  /** The line that is to be seen; another object for each time. */
  goTo: { readonly line: number } | undefined;
}) {
  const { value, onChange, problems, goTo } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  const pieces = useMemo(() => highlight(value), [value]);
  const lines = value.split("\n").length;
  useLayoutEffect(() => {
    if (goTo === undefined || field.current === null) return;
    const start = lineStart(value, goTo.line);
    field.current.focus();
    field.current.setSelectionRange(start, start);
    // Only another wish moves the cursor, not what is written meanwhile.
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the text is that of the moment of the wish
  }, [goTo]);
  return (
    <div className="flex max-h-[60vh] min-h-72 overflow-auto rounded-md border border-line bg-sunken">
      <Gutter lines={lines} problems={problems} />
      <div className="relative min-w-0 flex-1">
        <pre aria-hidden="true" className={`${TEXT} min-h-full w-max min-w-full`}>
          {pieces.map(({ kind, text }, index) => (
            <span key={index} className={LOOKS[kind]}>
              {text}
            </span>
          ))}
          {"\n"}
        </pre>
        <textarea
          ref={field}
          value={value}
          aria-label="Configuration"
          aria-invalid={problems.size > 0}
          spellCheck={false}
          autoCapitalize="off"
          autoCorrect="off"
          wrap="off"
          rows={lines}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={(event) => indent(event, onChange)}
          className={`${TEXT} absolute inset-0 size-full resize-none overflow-hidden bg-transparent text-transparent caret-text outline-offset-[-2px]`}
        />
      </div>
    </div>
  );
}

function Gutter({ lines, problems }: { lines: number; problems: LineProblems }) {
  return (
    <ol
      aria-hidden="true"
      className="sticky left-0 z-1 h-max min-h-full shrink-0 border-r border-line bg-sunken py-2 text-right font-mono text-xs leading-5 text-faint select-none"
    >
      {Array.from({ length: lines }, (_, index) => {
        const wrong = problems.get(index + 1);
        return (
          <li
            key={index}
            title={wrong?.join("\n")}
            className={`px-2 ${wrong === undefined ? "" : "bg-bad-soft font-semibold text-bad"}`}
          >
            {wrong === undefined ? "" : "! "}
            {index + 1}
          </li>
        );
      })}
    </ol>
  );
}

function lineStart(text: string, line: number): number {
  let at = 0;
  for (let i = 1; i < line; i++) {
    const end = text.indexOf("\n", at);
    if (end < 0) return text.length;
    at = end + 1;
  }
  return at;
}

/** Moves the lines of the selection two places. */
function indent(
  event: KeyboardEvent<HTMLTextAreaElement>,
  onChange: (value: string) => void,
): void {
  const isIn = event.key === "]";
  if (!(event.ctrlKey || event.metaKey) || !(isIn || event.key === "[")) return;
  event.preventDefault();
  const field = event.currentTarget;
  const { value, selectionStart, selectionEnd } = field;
  const from = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const to = Math.max(selectionEnd, from);
  const before = value.slice(from, to);
  const moved = isIn ? before.replaceAll(/^/gm, "  ") : before.replaceAll(/^ {1,2}/gm, "");
  onChange(value.slice(0, from) + moved + value.slice(to));
  requestAnimationFrame(() => field.setSelectionRange(from, from + moved.length));
}

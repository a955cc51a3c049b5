import { Fragment, useState, type ReactNode } from "react";
import { fullCount } from "../lib/format.ts";
import { cut, pieces, visibleTitle } from "../lib/visible-text.ts";

/** Characters of a name that a row draws; the rest would only be clipped. */
const LINE_CHARACTERS_MAX = 300;
const VALUE_CHARACTERS_MAX = 600;

/** The pieces of a text, with what hides or reorders drawn as a mark, isolated from what surrounds it. */
function Pieces({ text, lines = false }: { text: string; lines?: boolean }): ReactNode {
  return pieces(text, { lines }).map((piece, index) =>
    piece.kind === "plain" ? (
      <Fragment key={index}>{piece.text}</Fragment>
    ) : (
      <span
        key={index}
        title={piece.name}
        className="mx-px rounded-xs bg-warn-soft px-0.5 font-mono text-[0.9em] text-warn"
      >
        {piece.text}
      </span>
    ),
  );
}

/**
 * A name from outside, on one line: clipped to its place, whole in the tooltip. Every name, key and value
 * that a sender chose is drawn by this or by `Value`.
 */
export function Name({ value, className = "" }: { value: string; className?: string }) {
  const shown = cut(value, LINE_CHARACTERS_MAX);
  return (
    <bdi title={visibleTitle(value)} className={`block min-w-0 truncate ${className}`}>
      {value === "" ? <Empty /> : <Pieces text={shown} />}
      {shown.length < value.length ? "…" : ""}
    </bdi>
  );
}

/** What cuts a text at so many lines. */
const CLAMPS = { 1: "line-clamp-1", 2: "line-clamp-2", 3: "line-clamp-3" } as const;

/** A text from outside in a bounded number of lines, as it breaks them itself; whole in the tooltip. */
export function Lines({ value, count }: { value: string; count: keyof typeof CLAMPS }) {
  const shown = cut(value, LINE_CHARACTERS_MAX * count);
  return (
    <bdi
      title={visibleTitle(value)}
      className={`${CLAMPS[count]} wrap-anywhere whitespace-pre-wrap`}
    >
      {value === "" ? <Empty /> : <Pieces text={shown} lines />}
    </bdi>
  );
}

function Empty() {
  return <span className="text-faint italic">(empty)</span>;
}

/**
 * A value from outside, on as many lines as it needs; a long one is cut until it is asked for. `isPlain` leaves
 * out the button for that, where the value stands within a button itself.
 */
export function Value({ value, isPlain = false }: { value: string; isPlain?: boolean }) {
  const [whole, setWhole] = useState(false);
  const shown = whole ? value : cut(value, VALUE_CHARACTERS_MAX);
  const isCut = value.length > VALUE_CHARACTERS_MAX;
  return (
    <>
      <bdi className="block overflow-clip wrap-anywhere whitespace-pre-wrap">
        {value === "" ? <Empty /> : <Pieces text={shown} lines />}
        {isCut && !whole ? "…" : ""}
      </bdi>
      {isCut && !isPlain ? (
        <button
          type="button"
          onClick={() => setWhole(!whole)}
          className="mt-0.5 min-h-6 font-sans text-xs text-accent hover:underline"
        >
          {whole ? "Show less" : `Show all ${fullCount(value.length)} characters`}
        </button>
      ) : null}
    </>
  );
}

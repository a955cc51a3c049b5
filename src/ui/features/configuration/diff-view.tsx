import type { DiffLine } from "./line-diff.ts";

/** Lines beside a change that are shown with it. */
const CONTEXT = 3;

const MARKS: Readonly<Record<DiffLine["kind"], string>> = { same: " ", added: "+", removed: "−" };
const LOOKS: Readonly<Record<DiffLine["kind"], string>> = {
  same: "text-muted",
  added: "bg-good/12 text-text",
  removed: "bg-bad-soft text-text",
};

/** What of two texts is another, with some lines around it. */
export function DiffView({ lines }: { lines: readonly DiffLine[] }) {
  const shown = lines.map((_, at) =>
    lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ kind }) => kind !== "same"),
  );
  if (!shown.includes(true)) return <p className="p-3 text-xs text-muted">The text is the same.</p>;
  return (
    <div
      role="region"
      aria-label="Changed lines"
      tabIndex={0}
      className="max-h-96 overflow-auto rounded-md border border-line bg-sunken"
    >
      <table className="min-w-full font-mono text-xs leading-5">
        <tbody>
          {lines.map((line, at) =>
            shown[at] === true ? (
              <Line key={at} line={line} isAfterGap={at > 0 && shown[at - 1] !== true} />
            ) : null,
          )}
        </tbody>
      </table>
    </div>
  );
}

function Line({ line, isAfterGap }: { line: DiffLine; isAfterGap: boolean }) {
  const { kind, text, before, after } = line;
  return (
    <>
      {isAfterGap ? (
        <tr aria-hidden="true">
          <td colSpan={4} className="px-2 text-faint">
            ⋯
          </td>
        </tr>
      ) : null}
      <tr className={LOOKS[kind]}>
        <td className="px-2 text-right text-faint select-none">{before ?? ""}</td>
        <td className="px-2 text-right text-faint select-none">{after ?? ""}</td>
        <td className="px-1 select-none">
          <span
            aria-label={kind === "same" ? undefined : kind}
            role={kind === "same" ? undefined : "img"}
          >
            {MARKS[kind]}
          </span>
        </td>
        <td className="pr-3 whitespace-pre">{text}</td>
      </tr>
    </>
  );
}

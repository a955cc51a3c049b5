import type { LogRecord } from "#api/contract/logs.ts";

type Level = LogRecord["severity"];

/** How a level looks and how it is told without colour: by its word and its mark. */
export const LEVELS: Readonly<
  Record<Level, { readonly word: string; readonly color: string; readonly look: string }>
> = {
  fatal: {
    word: "FATAL",
    color: "var(--series-8)",
    look: "bg-bad text-surface px-1 font-semibold",
  },
  error: { word: "ERROR", color: "var(--bad)", look: "text-bad font-semibold" },
  warn: { word: "WARN", color: "var(--warn)", look: "text-warn font-semibold" },
  info: { word: "INFO", color: "var(--series-10)", look: "text-muted" },
  debug: { word: "DEBUG", color: "var(--line-strong)", look: "text-faint" },
  trace: { word: "TRACE", color: "var(--series-17)", look: "text-faint" },
  unspecified: { word: "–", color: "var(--faint)", look: "text-faint" },
};

/** The levels from the most to the least severe. */
export const LEVEL_ORDER: readonly Level[] = [
  "fatal",
  "error",
  "warn",
  "info",
  "debug",
  "trace",
  "unspecified",
];

/** The level of a record as a word, in its look. */
export function SeverityMark({ level }: { level: Level }) {
  const { word, look } = LEVELS[level];
  return (
    <span title={level === "unspecified" ? "no severity was sent" : level}>
      <span className={`rounded-xs font-mono text-2xs tracking-wide ${look}`}>{word}</span>
    </span>
  );
}

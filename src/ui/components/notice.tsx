import type { ReactNode } from "react";
import type { ApiError, ApiFailure } from "../lib/api/request.ts";
import { Value } from "./text.tsx";
import { Button } from "./button.tsx";
import { ErrorIcon } from "./icons.tsx";

/** What went wrong and what to do, in place of what could not be shown. */
export function Failure({ error, onRetry }: { error: ApiError; onRetry?: () => void }) {
  return (
    <div role="alert" className="flex gap-3 p-4">
      <ErrorIcon className="mt-0.5 size-4 text-bad" />
      <div className="min-w-0">
        <p className="font-semibold">{error.title}</p>
        <div className="mt-0.5 max-w-prose text-muted">
          <Value value={error.detail} />
        </div>
        <p className="mt-0.5 max-w-prose text-muted">{advice(error)}</p>
        <div className="mt-3 flex items-center gap-3">
          {onRetry === undefined ? null : <Button onClick={onRetry}>Try again</Button>}
          {error.code === "" ? null : <code className="text-xs text-faint">{error.code}</code>}
        </div>
      </div>
    </div>
  );
}

/** What a reader can do about it, by the stable code. */
function advice({ kind, code }: ApiError): string {
  if (kind === "unreachable") return "This page keeps asking and goes on by itself.";
  switch (code) {
    case "store_unavailable":
      return "See whether the server at SIGHTGLASS_CLICKHOUSE_URL runs. What is sent meanwhile is kept in the journal.";
    case "query_timeout":
    case "result_too_large":
      return "Choose a shorter time range or a narrower filter.";
    case "overloaded":
    case "too_many_requests":
      return "It is busy with other queries; this page asks again by itself.";
    case "storage_full":
      return "Free some space where the data folder is; reading goes on meanwhile.";
    case "forbidden_origin":
      return "Open the page at the address that Sightglass printed when it started.";
    case "internal":
      return "The reason is in Sightglass's log.";
    default:
      return "";
  }
}

/** A panel without rows: why, and what would change it. */
export function Nothing({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-1 px-4 py-10 text-center">
      <p className="font-medium">{title}</p>
      <div className="max-w-prose text-muted">{children}</div>
    </div>
  );
}

/** In place of an answer that is not there: that it is asked for, or why there is none. */
export function Unanswered(props: {
  error: ApiFailure | null;
  onRetry: () => void;
  /** What is being done, in words. */
  label: string;
  rows?: number;
}) {
  const { error, onRetry, label, rows = 6 } = props;
  if (error === null) return <Loading rows={rows} label={label} />;
  return <Failure error={error.error} onRetry={onRetry} />;
}

/** Rows to come. Still, since a page that pulses everywhere says nothing. */
export function Loading({ rows, label }: { rows: number; label: string }) {
  return (
    <div role="status" className="flex flex-col gap-3 p-4">
      <span className="sr-only">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div
          key={row}
          className="h-3.5 rounded-sm bg-sunken"
          style={{ width: `${88 - ((row * 37) % 45)}%` }}
        />
      ))}
    </div>
  );
}

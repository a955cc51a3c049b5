import type { LogRecord } from "#api/contract/logs.ts";
import type { ReactNode } from "react";
import { Button } from "../../components/button.tsx";
import { saveCsv, saveJson } from "../../lib/export.ts";
import { ColumnPicker } from "./column-picker.tsx";
import type { LogsViewState } from "./logs-view.tsx";
import { lineText } from "../../lib/log-text.ts";
import { columnText } from "./record-fields.ts";

/** What is done with a list of records: how it looks, and saving what is there of it. */
export function LogTools(props: {
  state: LogsViewState;
  /** What shows the facets, where there are some. */
  facets?: ReactNode;
  fields: readonly string[];
  onColumn: (name: string) => void;
  onState: (part: Partial<LogsViewState>) => void;
  /** The rows that are there. */
  rows: () => readonly LogRecord[];
  children: ReactNode;
}) {
  const { state, facets, fields, onColumn, onState, rows, children } = props;
  const { columns, isWrapped } = state;
  return (
    <div
      role="group"
      aria-label="The list"
      className="flex min-h-10 flex-wrap items-center gap-x-2 gap-y-1 border-b border-line bg-surface px-3 py-1"
    >
      {children}
      <div className="ml-auto flex flex-wrap items-center gap-1.5">
        {facets}
        <Button
          pressed={isWrapped}
          title="Three lines for each record"
          onClick={() => onState({ isWrapped: !isWrapped })}
        >
          Wrap
        </Button>
        <ColumnPicker columns={columns} fields={fields} onColumn={onColumn} />
        <Button
          title="Save the records that are loaded as CSV"
          onClick={() =>
            saveCsv(
              "logs",
              csvHead(columns),
              rows().map((row) => csvRow(row, columns)),
            )
          }
        >
          CSV
        </Button>
        <Button
          title="Save the records that are loaded as JSON"
          onClick={() => saveJson("logs", rows())}
        >
          JSON
        </Button>
      </div>
    </div>
  );
}

function csvHead(columns: readonly string[]): string[] {
  return ["time", "severity", ...columns, "message", "trace_id", "span_id"];
}

function csvRow(row: LogRecord, columns: readonly string[]): string[] {
  return [
    row.time,
    row.severity,
    ...columns.map((column) => columnText(row, column)),
    lineText(row),
    row.traceId ?? "",
    row.spanId ?? "",
  ];
}

import type { LogRecord, StoredLogRecord } from "#api/contract/logs.ts";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { CopyButton, IconButton } from "../../components/button.tsx";
import { CloseIcon, LinkIcon } from "../../components/icons.tsx";
import { ServiceName } from "../../components/service-name.tsx";
import { Tabs } from "../../components/tabs.tsx";
import { Value } from "../../components/text.tsx";
import { Time } from "../../components/time.tsx";
import { LogContext } from "./log-context.tsx";
import { RecordFields, type FieldActions } from "./record-field-list.tsx";
import { valueText } from "../../lib/log-text.ts";
import { SeverityMark } from "../../components/severity-mark.tsx";

const TABS = [
  { id: "fields", title: "Fields" },
  { id: "around", title: "Around it" },
  { id: "json", title: "JSON" },
] as const;
const LIVE_TABS = TABS.filter(({ id }) => id !== "around");

/** Everything that is known of one record. */
export function LogDetail(props: {
  record: LogRecord | StoredLogRecord;
  actions: FieldActions;
  onShow: (record: StoredLogRecord) => void;
  onClose: () => void;
}) {
  const { record, actions, onShow, onClose } = props;
  // A record that has only just come is not stored yet, and has nothing around it.
  const id = "id" in record ? record.id : undefined;
  const tabs: readonly { id: string; title: string }[] = id === undefined ? LIVE_TABS : TABS;
  const [chosen, setChosen] = useState("fields");
  const tab = tabs.some((one) => one.id === chosen) ? chosen : "fields";
  const json = JSON.stringify(record, undefined, 2);
  return (
    <section aria-label="Selected record" className="flex h-full min-h-0 flex-col bg-surface">
      <header className="flex items-center gap-3 px-4 pt-2.5 pb-1">
        <SeverityMark level={record.severity} />
        <Time value={record.time} className="text-xs text-muted" />
        <ServiceName service={record.service} className="text-xs" />
        <div className="ml-auto flex items-center">
          <CopyButton text={json} label="Copy the record as JSON" />
          <IconButton label="Close the record" onClick={onClose}>
            <CloseIcon />
          </IconButton>
        </div>
      </header>
      <div
        tabIndex={0}
        role="group"
        aria-label="Details of the record"
        className="min-h-0 flex-1 overflow-y-auto pb-8 outline-offset-[-2px]"
      >
        <div className="px-4 pb-3 font-mono text-xs">
          <Value value={valueText(record.body)} />
        </div>
        <RecordLinks record={record} />
        <Tabs label="Parts of the record" tabs={tabs} selected={tab} onSelect={setChosen}>
          {tab === "fields" ? <RecordFields record={record} actions={actions} /> : null}
          {tab === "around" && id !== undefined ? <LogContext id={id} onShow={onShow} /> : null}
          {tab === "json" ? (
            <div className="px-4 py-3 font-mono text-xs">
              <Value value={json} />
            </div>
          ) : null}
        </Tabs>
      </div>
    </section>
  );
}

function RecordLinks({ record: { traceId, spanId } }: { record: LogRecord }) {
  if (traceId === null) return null;
  return (
    <div className="flex gap-2 px-4 pb-3">
      <Link
        to="/traces/$traceId"
        params={{ traceId }}
        search={spanId === null ? {} : { span: spanId }}
        className="inline-flex h-7 items-center gap-1.5 rounded-md border border-line px-2 text-xs font-medium text-accent hover:border-line-strong hover:bg-hover"
      >
        <LinkIcon className="size-3.5" />
        Its trace
      </Link>
    </div>
  );
}

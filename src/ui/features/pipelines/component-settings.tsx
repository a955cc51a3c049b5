import { Nothing, Unanswered } from "../../components/notice.tsx";
import { Value } from "../../components/text.tsx";
import { askPipelineConfig } from "../../lib/api/pipelines.ts";
import { usePolled } from "../../lib/queries.ts";
import type { Chosen } from "./topology-view.tsx";

const SECTION_OF = {
  receiver: "receivers",
  processor: "processors",
  destination: "destinations",
} as const;

/** How a component is written in the configuration; secrets are masked. */
export function ComponentSettings({ chosen: { kind, name } }: { chosen: Chosen }) {
  const { data, error, refetch } = usePolled({
    key: ["pipelines", "config"],
    ask: askPipelineConfig,
    everyMs: false,
  });
  if (data === undefined)
    return (
      <Unanswered
        error={error}
        onRetry={() => void refetch()}
        label="Settings are asked for"
        rows={3}
      />
    );
  const section = data.graph[SECTION_OF[kind]];
  const has = section !== undefined && Object.hasOwn(section, name);
  if (!has)
    return (
      <Nothing title="It has no settings of its own">
        {name === "otlp" || name === "store"
          ? "It is built in. What can be set of it is on the Settings page."
          : "It stands in a pipeline with all its defaults."}
      </Nothing>
    );
  const text = JSON.stringify(section[name], undefined, 2);
  return (
    <div className="p-3 sm:p-4">
      <p className="text-xs text-muted">
        <code>
          {SECTION_OF[kind]}.{name}
        </code>{" "}
        in {data.file ?? "the configuration"}. It is changed under Configuration.
      </p>
      <pre className="mt-2 overflow-x-auto rounded-md bg-sunken p-3 font-mono text-xs" tabIndex={0}>
        <Value value={text} />
      </pre>
    </div>
  );
}

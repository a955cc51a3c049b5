import { useState, type ReactNode } from "react";
import { useHasSignal } from "../../lib/queries.ts";
import { Connect } from "./connect.tsx";
import type { Signal } from "./snippets.ts";
import { Waiting } from "./waiting.tsx";

const WORDS: Readonly<Record<Signal, { readonly page: string; readonly what: string }>> = {
  traces: { page: "Traces", what: "trace" },
  logs: { page: "Logs", what: "log record" },
  metrics: { page: "Metrics", what: "metric" },
};

/**
 * Shows a page of one signal; or, as long as nobody has sent any, how to send the first, which then brings the
 * page by itself. While it is not known whether there is data, the page is shown.
 */
export function SignalGate({ signal, children }: { signal: Signal; children: ReactNode }) {
  const hasSignal = useHasSignal(signal);
  const [snippet, setSnippet] = useState<string | undefined>(undefined);
  if (hasSignal.data !== false) return children;
  const { page, what } = WORDS[signal];
  return (
    <div className="mx-auto w-full max-w-[100rem] px-3 py-4 sm:px-5">
      <h1 className="mb-3 text-lg font-semibold tracking-tight">{page}</h1>
      <Waiting title={`Waiting for the first ${what}`} what={what}>
        <Connect snippet={snippet} onSnippet={setSnippet} signal={signal} />
      </Waiting>
    </div>
  );
}

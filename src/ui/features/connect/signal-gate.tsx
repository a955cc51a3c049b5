import { useState, type ReactNode } from "react";
import { useHasSignal } from "../../lib/queries.ts";
import { Connect } from "./connect.tsx";
import type { Signal } from "./snippets.ts";
import { Waiting } from "./waiting.tsx";

const TITLES: Readonly<Record<Signal, string>> = {
  traces: "Waiting for the first trace",
  logs: "Waiting for the first log",
  metrics: "Waiting for the first metric",
};

/**
 * Shows a page of one signal; or, as long as nobody has sent any, how to send the first, which then brings the
 * page by itself. While it is not known whether there is data, the page is shown.
 */
export function SignalGate({ signal, children }: { signal: Signal; children: ReactNode }) {
  const hasSignal = useHasSignal(signal);
  const [snippet, setSnippet] = useState<string | undefined>(undefined);
  if (hasSignal.data !== false) return children;
  return (
    <div className="mx-auto w-full max-w-[100rem] px-3 py-4 sm:px-5">
      <Waiting title={TITLES[signal]}>
        <Connect snippet={snippet} onSnippet={setSnippet} signal={signal} />
      </Waiting>
    </div>
  );
}

import { CheckIcon, ErrorIcon, WarnIcon } from "../../components/icons.tsx";
import { useLiveState } from "../../lib/live.ts";
import type { LiveState } from "../../lib/live-stream.ts";
import { healthOf, useReadiness, type Health } from "./readiness.ts";

const LOOKS: Readonly<Record<Health, { words: string; look: string; Icon: typeof CheckIcon }>> = {
  healthy: { words: "Healthy", look: "text-good", Icon: CheckIcon },
  "not-ready": { words: "Not ready", look: "text-warn", Icon: WarnIcon },
  "no-answer": { words: "No answer", look: "text-bad", Icon: ErrorIcon },
  unknown: { words: "Connecting", look: "text-muted", Icon: CheckIcon },
};

/** How the page learns of what is new. */
const FOLLOWS: Readonly<Record<LiveState, string>> = {
  pushed: "Live: Sightglass tells this page of what is new",
  connecting: "Live: the stream of events is being opened",
  polled: "Live, without the stream of events: this page asks every few seconds",
  paused: "Paused: this page stands still",
};

/** The health of the process in a word, with what is wrong in the tooltip. */
export function HealthBadge() {
  const ready = useReadiness();
  const { words, look, Icon } = LOOKS[healthOf(ready)];
  const problems = ready.data?.checks
    .filter((check) => !check.ready)
    .map((check) => `${check.name}: ${check.message}`);
  const lines = [...(problems ?? []), FOLLOWS[useLiveState()]];
  return (
    <span
      role="status"
      title={lines.join("\n")}
      className={`inline-flex h-7 items-center gap-1.5 px-1 text-xs font-medium ${look}`}
    >
      <Icon className="size-3.5" />
      <span className="max-sm:sr-only">{words}</span>
    </span>
  );
}

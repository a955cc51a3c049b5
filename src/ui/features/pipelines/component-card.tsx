import type { ComponentPulse } from "#api/contract/live.ts";
import { ErrorIcon, WarnIcon } from "../../components/icons.tsx";
import { Name } from "../../components/text.tsx";
import { queueWords, rateWords, troubleOf, type Trouble } from "./component-words.ts";
import type { ComponentKind } from "./topology.ts";

const KIND_WORDS: Readonly<Record<ComponentKind, string>> = {
  receiver: "Receiver",
  processor: "Processor",
  destination: "Destination",
};

/** A component in the drawing of its pipeline: pressed, it is told of in detail. */
export function ComponentCard(props: {
  kind: ComponentKind;
  name: string;
  pulse: ComponentPulse | undefined;
  isSelected: boolean;
  onSelect: () => void;
}) {
  const { kind, name, pulse, isSelected, onSelect } = props;
  const trouble = pulse === undefined ? undefined : troubleOf(pulse);
  const waits = queueWords(pulse?.queue ?? null);
  const edge = trouble?.level === "bad" ? "border-bad" : "border-line-strong/40";
  const look = isSelected
    ? "border-accent bg-selected ring-1 ring-accent"
    : `${edge} bg-surface hover:bg-hover`;
  return (
    <button
      type="button"
      aria-pressed={isSelected}
      onClick={onSelect}
      className={`flex size-full flex-col items-stretch rounded-lg border px-3 py-2 text-left shadow-xs transition-colors ${look}`}
    >
      <span className="flex items-center justify-between gap-2 text-2xs text-faint">
        {KIND_WORDS[kind]}
        {trouble === undefined ? null : <TroubleMark trouble={trouble} />}
      </span>
      <span className="font-medium">
        <Name value={name} />
      </span>
      <span className="mt-auto text-xs whitespace-nowrap text-muted">
        {pulse === undefined ? "–" : rateWords(pulse)}
      </span>
      {waits === "" ? null : <span className="truncate text-2xs text-faint">{waits} wait</span>}
    </button>
  );
}

/** What is wrong, in words with an icon: never by the colour alone. */
export function TroubleMark({ trouble: { words, level } }: { trouble: Trouble }) {
  const Icon = level === "bad" ? ErrorIcon : WarnIcon;
  return (
    <span
      className={`flex items-center gap-1 font-medium whitespace-nowrap ${level === "bad" ? "text-bad" : "text-warn"}`}
    >
      <Icon className="size-3" />
      {words}
    </span>
  );
}

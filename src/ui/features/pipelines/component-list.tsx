import type { PulsePoint } from "../../lib/pulse-history.ts";
import { pulseKey } from "../../lib/pulse-history.ts";
import { Head } from "../../components/table.tsx";
import { Name } from "../../components/text.tsx";
import { CheckIcon } from "../../components/icons.tsx";
import { perSecond } from "../../lib/format.ts";
import { TroubleMark } from "./component-card.tsx";
import { queueWords, troubleOf } from "./component-words.ts";
import type { Chosen } from "./topology-view.tsx";
import type { ComponentKind, PipelineView } from "./topology.ts";

/** The topology as a table: the same components and figures, in the order in which rows pass them. */
export function ComponentList(props: {
  pipeline: PipelineView;
  pulses: ReadonlyMap<string, readonly PulsePoint[]>;
  chosen: Chosen | undefined;
  onChoose: (chosen: Chosen) => void;
}) {
  const { pipeline, pulses, chosen, onChoose } = props;
  const { receivers, processors, destinations } = pipeline;
  const rows: readonly { kind: ComponentKind; name: string }[] = [
    ...receivers.map(({ name }) => ({ kind: "receiver" as const, name })),
    ...processors.map(({ name }) => ({ kind: "processor" as const, name })),
    ...destinations.map(({ name }) => ({ kind: "destination" as const, name })),
  ];
  return (
    <div
      className="overflow-x-auto"
      role="region"
      aria-label={`Components of ${pipeline.name}`}
      tabIndex={0}
    >
      <table className="w-full min-w-[40rem] text-sm">
        <thead>
          <tr className="border-b border-line">
            <Head className="pl-3 sm:pl-4">Component</Head>
            <Head>Kind</Head>
            <Head className="text-right">In /s</Head>
            <Head className="text-right">Out /s</Head>
            <Head className="text-right">Dropped /s</Head>
            <Head>Waits</Head>
            <Head>State</Head>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ kind, name }) => (
            <Row
              key={`${kind} ${name}`}
              kind={kind}
              name={name}
              pulse={pulses.get(pulseKey(pipeline.name, { kind, name }))?.at(-1)}
              isSelected={
                chosen?.pipeline === pipeline.name && chosen.kind === kind && chosen.name === name
              }
              onSelect={() => onChoose({ pipeline: pipeline.name, kind, name })}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row(props: {
  kind: ComponentKind;
  name: string;
  pulse: PulsePoint | undefined;
  isSelected: boolean;
  onSelect: () => void;
}) {
  const { kind, name, pulse, isSelected, onSelect } = props;
  const trouble = pulse === undefined ? undefined : troubleOf(pulse);
  const number = (value: number | undefined): string =>
    value === undefined ? "–" : perSecond(value);
  return (
    <tr
      className={`border-b border-line last:border-0 ${isSelected ? "bg-selected" : "hover:bg-hover"}`}
    >
      <td className="max-w-64 py-1.5 pr-2 pl-3 sm:pl-4">
        <button
          type="button"
          aria-pressed={isSelected}
          onClick={onSelect}
          className="max-w-full font-medium text-accent hover:underline"
        >
          <Name value={name} />
        </button>
      </td>
      <td className="px-2 text-muted">{kind}</td>
      <td className="px-2 text-right">{number(pulse?.in)}</td>
      <td className="px-2 text-right">{number(pulse?.out)}</td>
      <td className={`px-2 text-right ${(pulse?.dropped ?? 0) > 0 ? "font-medium text-warn" : ""}`}>
        {number(pulse?.dropped)}
      </td>
      <td className="px-2 whitespace-nowrap text-muted">{queueWords(pulse?.queue ?? null)}</td>
      <td className="px-2 text-xs">
        {trouble === undefined ? (
          <span className="flex items-center gap-1 text-good">
            <CheckIcon className="size-3" />
            Well
          </span>
        ) : (
          <TroubleMark trouble={trouble} />
        )}
      </td>
    </tr>
  );
}

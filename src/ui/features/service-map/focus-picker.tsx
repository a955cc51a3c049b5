import type { ServiceMapAnswer } from "#api/contract/services.ts";
import { useId } from "react";
import { Button } from "../../components/button.tsx";
import { CloseIcon } from "../../components/icons.tsx";
import { visible } from "../../lib/visible-text.ts";
import { DEPTHS, type MapState } from "./map-state.ts";

/** Chooses the service in the middle, by its name, and how far around it the map reaches. */
export function FocusPicker(props: {
  map: ServiceMapAnswer | undefined;
  focus: string | undefined;
  depth: string;
  onState: (part: Partial<MapState>) => void;
}) {
  const { map, focus, depth, onState } = props;
  const id = useId();
  const names = map?.nodes.map(({ service }) => service) ?? [];
  if (focus !== undefined) {
    return (
      <>
        <Button
          onClick={() => onState({ focus: undefined, depth: undefined })}
          title="Show the whole map"
          className="max-w-56"
        >
          <span className="sr-only">Leave the focus on </span>
          <bdi className="truncate">{visible(focus).slice(0, 60)}</bdi>
          <CloseIcon className="size-3" />
        </Button>
        <select
          aria-label="Calls from the service in focus"
          value={depth}
          onChange={(event) => onState({ depth: DEPTHS.find((one) => one === event.target.value) })}
          className="h-7 rounded-md border border-line bg-surface px-1.5 text-xs font-medium text-muted hover:border-line-strong hover:text-text"
        >
          {DEPTHS.map((one) => (
            <option key={one} value={one}>
              {one} {one === "1" ? "call" : "calls"} around
            </option>
          ))}
        </select>
      </>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const chosen = new FormData(event.currentTarget).get("focus");
        if (typeof chosen === "string" && chosen !== "") onState({ focus: chosen });
      }}
    >
      <label htmlFor={`${id}-focus`} className="sr-only">
        Focus on a service
      </label>
      <input
        id={`${id}-focus`}
        name="focus"
        list={`${id}-names`}
        placeholder="Focus on a service"
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => {
          // A choice from the list comes as one input of a whole name.
          const { value } = event.target;
          const isChosen = !(event.nativeEvent instanceof InputEvent);
          if (isChosen && names.includes(value)) onState({ focus: value });
        }}
        className="h-7 w-44 rounded-md border border-line-strong bg-surface px-2 text-xs placeholder:text-faint"
      />
      <datalist id={`${id}-names`}>
        {names.map((name) => (
          <option key={name} value={name}>
            {visible(name)}
          </option>
        ))}
      </datalist>
    </form>
  );
}

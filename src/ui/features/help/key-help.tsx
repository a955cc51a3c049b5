import { useState } from "react";
import { IconButton } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { CloseIcon } from "../../components/icons.tsx";
import { Keys } from "../../components/keys.tsx";
import {
  areCharacterKeysOn,
  setCharacterKeys,
  useCommandList,
  type Command,
} from "../../lib/commands.ts";

/** `?`: every key of the page that is shown, and the switch for those that are mere characters. */
export function KeyHelp({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog
      title="Keyboard"
      isOpen={isOpen}
      onClose={onClose}
      className="max-h-[min(44rem,calc(100dvh-2rem))] w-[min(52rem,calc(100vw-1rem))] overflow-y-auto"
    >
      <header className="sticky top-0 flex items-center justify-between border-b border-line bg-surface py-2 pr-2 pl-5">
        <h2 className="text-base font-semibold">Keyboard</h2>
        <IconButton label="Close" onClick={onClose}>
          <CloseIcon />
        </IconButton>
      </header>
      <KeyTable />
      <CharacterKeys />
    </Dialog>
  );
}

function KeyTable() {
  const commands = useCommandList();
  const groups = Map.groupBy(
    commands.filter(({ keys }) => keys !== undefined),
    ({ group }) => group,
  );
  return (
    <div className="columns-2 gap-10 px-5 py-4 max-sm:columns-1">
      {[...groups].map(([group, members]) => (
        <section key={group} className="mb-5 break-inside-avoid">
          <h3 className="mb-1 text-xs font-medium text-faint">{group}</h3>
          <dl>
            {newest(members).map(({ id, title, keys }) => (
              <div
                key={id}
                className="flex min-h-7 items-center justify-between gap-4 border-b border-line last:border-b-0"
              >
                <dt>{title}</dt>
                <dd>{keys === undefined ? null : <Keys keys={keys} />}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

/** Of commands with the same keys the one that they run. */
function newest(commands: readonly Command[]): Command[] {
  return [...new Map(commands.map((command) => [command.keys, command])).values()];
}

/** WCAG 2.1.4: who speaks to the browser, or brushes the keyboard, can switch single keys off. */
function CharacterKeys() {
  const [isOn, setOn] = useState(areCharacterKeysOn);
  return (
    <label className="flex items-center gap-2.5 border-t border-line bg-sunken px-5 py-3">
      <input
        type="checkbox"
        checked={isOn}
        onChange={(event) => {
          setCharacterKeys(event.target.checked);
          setOn(event.target.checked);
        }}
        className="size-4 accent-accent"
      />
      <span>
        Single keys run commands
        <span className="block text-xs text-muted">
          Without it only keys with Ctrl, ⌘ or a name (Esc) do. This browser remembers it.
        </span>
      </span>
    </label>
  );
}

import { useEffect, useId, useSyncExternalStore } from "react";
import {
  hasMod,
  isCharacter,
  KeySequence,
  parseKeys,
  strokeOf,
  type Stroke,
} from "./key-strokes.ts";
import { readStored, writeStored } from "./stored.ts";

/** Something that a reader can have done: by its keys, from the palette, and told in the help. */
export interface Command {
  /** Stable, and one of its kind among all that are there at a time: `traces.next`. */
  readonly id: string;
  /** What it does, as an order: "Go to the next error". */
  readonly title: string;
  /** The heading under which it stands: "Go to", "Trace". */
  readonly group: string;
  /** `j`, `g t`, `Shift+E`, `Mod+k`; see key-strokes.ts. */
  readonly keys?: string | undefined;
  /** Left out of the palette: it makes sense by its key only, as the step to the next row. */
  readonly isHidden?: boolean | undefined;
  /** Runs once for each press, however long the key is held: for what switches something over. */
  readonly isOnce?: boolean | undefined;
  readonly run: () => void;
}

interface Binding {
  readonly command: Command;
  readonly strokes: readonly Stroke[];
}

/** The commands of the application as it stands; what was added last has the right of way. */
export class CommandRegistry {
  readonly #byOwner = new Map<string, readonly Command[]>();
  readonly #listeners = new Set<() => void>();
  #list: readonly Command[] = [];
  #bindings: readonly Binding[] = [];

  /** Puts the commands of `owner` in place of those it had. Tells of it only where a reader would see it. */
  put(owner: string, commands: readonly Command[]): void {
    const before = this.#byOwner.get(owner);
    this.#byOwner.set(owner, commands);
    this.#renew(shapeOf(before) !== shapeOf(commands));
  }

  remove(owner: string): void {
    if (this.#byOwner.delete(owner)) this.#renew(true);
  }

  /** Every command, the same list until a reader would see a difference; run one by {@link run}. */
  readonly list = (): readonly Command[] => this.#list;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Runs the newest command of the id as it is now, not as it was when the list was read. */
  run(id: string): void {
    this.#bindings.findLast(({ command }) => command.id === id)?.command.run();
  }

  /** What `stroke` is the last key of, or undefined; `sequence` remembers the keys before it. */
  press(sequence: KeySequence, stroke: Stroke, nowMs: number): Command | undefined {
    const bound = this.#bindings.filter(({ strokes }) => strokes.length > 0);
    return sequence.press(stroke, nowMs, bound)?.command;
  }

  #renew(isVisible: boolean): void {
    const commands = [...this.#byOwner.values()].flat();
    this.#bindings = commands.map((command) => ({
      command,
      strokes: command.keys === undefined ? [] : parseKeys(command.keys),
    }));
    if (!isVisible) return;
    this.#list = commands;
    for (const listener of this.#listeners) listener();
  }
}

/** All of a command but what it runs. */
function shapeOf(commands: readonly Command[] | undefined): string {
  return JSON.stringify(commands);
}

/** The commands of this tab. */
export const commandRegistry = new CommandRegistry();

/**
 * Offers `commands` while the component is shown. They may be made anew with each drawing: what runs is the
 * newest, and the palette and the help are only drawn anew when a title or a key has changed.
 *
 * @example
 * useCommands([{ id: "logs.wrap", title: "Wrap long lines", group: "Logs", keys: "w", run: wrap }]);
 */
export function useCommands(commands: readonly Command[]): void {
  const owner = useId();
  useEffect(() => {
    commandRegistry.put(owner, commands);
  });
  useEffect(() => () => commandRegistry.remove(owner), [owner]);
}

/** Every command that is there now, for the palette and the help. */
export function useCommandList(): readonly Command[] {
  return useSyncExternalStore(commandRegistry.subscribe, commandRegistry.list);
}

export const isMac = (): boolean => /mac|iphone|ipad/i.test(navigator.userAgent);

/**
 * Has the keys of `target`'s window run commands, until the function that is returned is called. Keys that an
 * element has used (`preventDefault`) are its own; so is what is typed into a field, but for keys with ⌘ or
 * Ctrl, and Escape while it has an open popover to close. Behind a dialog nothing runs.
 */
export function listenForKeys(target: Window, registry = commandRegistry): () => void {
  const sequence = new KeySequence();
  const pressed = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return;
    const isAltGraph = event.getModifierState("AltGraph");
    const { key, code, ctrlKey, metaKey, altKey, shiftKey } = event;
    const press = { key, code, ctrlKey, metaKey, altKey, shiftKey, isAltGraph };
    const stroke = strokeOf(press, isMac());
    if (stroke === undefined || !isFor(event, stroke)) return;
    const command = registry.press(sequence, stroke, event.timeStamp);
    if (command === undefined) return;
    event.preventDefault();
    if (!(event.repeat && command.isOnce === true)) command.run();
  };
  const forget = (): void => sequence.clear();
  target.addEventListener("keydown", pressed);
  target.addEventListener("blur", forget);
  return () => {
    target.removeEventListener("keydown", pressed);
    target.removeEventListener("blur", forget);
  };
}

/** What the browser closes with Escape. */
const OPEN_POPOVER = "[popover=auto]:popover-open";

/** Whether a stroke at this place is meant for a command. */
function isFor(event: KeyboardEvent, stroke: Stroke): boolean {
  const { target } = event;
  if (target instanceof Element) {
    const page = target.ownerDocument;
    if (page.querySelector(":modal") !== null) return false;
    // The browser closes it, unless the key is taken from it.
    if (stroke === "Escape" && page.querySelector(OPEN_POPOVER) !== null) return false;
    if (!hasMod(stroke) && isOwnKey(target, stroke)) return false;
  }
  return areCharacterKeysOn() || !isCharacter(stroke);
}

/** Whether the element with the focus has a use for the key. */
function isOwnKey(element: Element, stroke: Stroke): boolean {
  if (isField(element)) return true;
  // These press what has the focus.
  const isPress = stroke === "Enter" || stroke === "Space";
  return isPress && element.closest("a, button, summary, [role=option]") !== null;
}

const NO_TEXT = "[type=checkbox], [type=radio], [type=range], [type=button], [type=submit]";

/** Whether keys typed here are text, or choose among options. */
function isField(element: Element): boolean {
  if (element instanceof HTMLInputElement) return !element.matches(NO_TEXT);
  return element.matches("textarea, select, [contenteditable]:not([contenteditable=false])");
}

/** Kept as `off` by who wants no single keys; the help has the switch. */
const CHARACTER_KEYS = "sightglass.keys";

/** Whether keys that are mere characters run commands: some speak to their browser, and want none to. */
export function areCharacterKeysOn(): boolean {
  return readStored(CHARACTER_KEYS) !== "off";
}

export function setCharacterKeys(isOn: boolean): void {
  writeStored(CHARACTER_KEYS, isOn ? undefined : "off");
}

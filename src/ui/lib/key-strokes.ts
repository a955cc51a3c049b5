/**
 * Keys as they stand in a command: `j`, `g t`, `Shift+E`, `Mod+k` (⌘ on a Mac, Ctrl elsewhere). A stroke is
 * one press with its modifiers, in one spelling: modifiers in the order of {@link MODIFIERS}, letters small.
 */
export type Stroke = string;

/** What of a keyboard event says which key it was. */
export interface Press {
  readonly key: string;
  /** The place of the key on the board: `KeyJ`. */
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  /** Whether AltGr is held, which browsers tell as Ctrl and Alt, too. */
  readonly isAltGraph: boolean;
}

/** How long the next key of a sequence may take, in milliseconds. */
export const SEQUENCE_MS = 1_500;

const MODIFIERS = ["Mod", "Alt", "Shift"] as const;
const NAMED: readonly string[] = [
  "Escape",
  "Enter",
  "Space",
  "Backspace",
  "Delete",
  "Home",
  "End",
  "PageUp",
  "PageDown",
  "ArrowUp",
  "ArrowDown",
  "ArrowLeft",
  "ArrowRight",
];

/**
 * The strokes of a command's `keys`, one after another: `g t` has two.
 *
 * @throws RangeError Where a part names no key: a mistake in the program.
 */
export function parseKeys(keys: string): readonly Stroke[] {
  return keys.split(" ").map((part) => {
    // The plus key itself stands last: `Mod++`.
    const names = part.endsWith("++") ? [...part.slice(0, -2).split("+"), "+"] : part.split("+");
    const key = part === "+" ? "+" : (names.at(-1) ?? "");
    const held = part === "+" ? [] : names.slice(0, -1);
    const isKnown = held.every((name) => (MODIFIERS as readonly string[]).includes(name));
    if (!isKnown || !(isOneCharacter(key) || NAMED.includes(key)))
      throw new RangeError(`"${part}" in the keys "${keys}" is no key`);
    const isCapital = isLetter(key) && key !== key.toLowerCase();
    return spelled(isLetter(key) ? key.toLowerCase() : key, {
      Mod: held.includes("Mod"),
      Alt: held.includes("Alt"),
      Shift: held.includes("Shift") || isCapital,
    });
  });
}

/**
 * The stroke that a press is; undefined for a modifier alone. Shift and AltGr do not count where they only
 * bring a sign about: `?` and `[` lie elsewhere on every keyboard. Where letters are not Latin ones, the
 * place of the key says which letter is meant.
 */
export function strokeOf(press: Press, isMac: boolean): Stroke | undefined {
  const { altKey, shiftKey } = press;
  const key = keyOf(press);
  if (!isOneCharacter(key) && !NAMED.includes(key)) return undefined;
  const isSign = isOneCharacter(key) && !isLetter(key) && !/\d/.test(key);
  const isMod = isMac ? press.metaKey : press.ctrlKey && !press.isAltGraph;
  // The other of the two is no part of any command.
  const isOther = isMac ? press.ctrlKey : press.metaKey;
  if (isOther) return undefined;
  return spelled(key, {
    Mod: isMod,
    Alt: altKey && !isSign && !press.isAltGraph,
    Shift: shiftKey && !isSign,
  });
}

/** Whether a stroke is a mere character, which a reader may want to switch off (WCAG 2.1.4). */
export function isCharacter(stroke: Stroke): boolean {
  return isOneCharacter(stroke.replace(/^Shift\+/, ""));
}

/** Whether a stroke has ⌘ or Ctrl: such a one works in a field, too, where it types nothing. */
export function hasMod(stroke: Stroke): boolean {
  return stroke.startsWith("Mod+");
}

/** What a reader is shown for each stroke: `[["Ctrl", "K"]]`, `[["G"], ["T"]]`. */
export function keyWords(keys: string, isMac: boolean): readonly (readonly string[])[] {
  return parseKeys(keys).map((stroke) => {
    const held = MODIFIERS.filter((name) => `+${stroke}`.includes(`+${name}+`));
    const key = stroke.slice(held.reduce((length, name) => length + name.length + 1, 0));
    const words = isMac ? MAC_WORDS : WORDS;
    return [...held.map((name) => words[name] ?? name), words[key] ?? key.toUpperCase()];
  });
}

const ARROWS = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };
const NAMES = { Escape: "Esc", Enter: "Enter", Space: "Space", Home: "Home", End: "End" };
const WORDS: Readonly<Record<string, string>> = {
  ...ARROWS,
  ...NAMES,
  Mod: "Ctrl",
  PageUp: "PgUp",
  PageDown: "PgDn",
};
const MAC_WORDS: Readonly<Record<string, string>> = { ...WORDS, Mod: "⌘", Alt: "⌥", Shift: "⇧" };

/** Follows presses through sequences such as `g t`. */
export class KeySequence {
  #begun: readonly Stroke[] = [];
  #untilMs = 0;

  /**
   * Takes the next stroke. Returns the last of `sequences` that it completes, or undefined while one is only
   * begun or none is meant. A stroke that carries none on begins anew by itself.
   */
  press<T extends { readonly strokes: readonly Stroke[] }>(
    stroke: Stroke,
    nowMs: number,
    sequences: readonly T[],
  ): T | undefined {
    const before = nowMs <= this.#untilMs ? this.#begun : [];
    this.clear();
    for (const strokes of before.length === 0 ? [[stroke]] : [[...before, stroke], [stroke]]) {
      const fitting = sequences.filter((one) =>
        strokes.every((own, at) => own === one.strokes[at]),
      );
      const complete = fitting.findLast((one) => one.strokes.length === strokes.length);
      if (complete !== undefined) return complete;
      if (fitting.length > 0) {
        this.#begun = strokes;
        this.#untilMs = nowMs + SEQUENCE_MS;
        return undefined;
      }
    }
    return undefined;
  }

  /** The strokes of a sequence that is not complete. */
  get begun(): readonly Stroke[] {
    return this.#begun;
  }

  /** Forgets what was begun: another page, another window. */
  clear(): void {
    this.#begun = [];
    this.#untilMs = 0;
  }
}

function keyOf({ key, code }: Press): string {
  if (key === " ") return "Space";
  if (!isOneCharacter(key)) return key;
  // Another alphabet, or what Option makes of a letter on a Mac.
  const [, letter] = key > "~" ? (/^Key([A-Z])$/.exec(code) ?? []) : [];
  if (letter !== undefined) return letter.toLowerCase();
  return isLetter(key) ? key.toLowerCase() : key;
}

function spelled(key: string, held: Readonly<Record<(typeof MODIFIERS)[number], boolean>>): Stroke {
  return [...MODIFIERS.filter((name) => held[name]), key].join("+");
}

function isOneCharacter(text: string): boolean {
  return text.length === ((text.codePointAt(0) ?? 0) > 0xffff ? 2 : 1);
}

function isLetter(text: string): boolean {
  return /^[A-Za-z]$/.test(text);
}

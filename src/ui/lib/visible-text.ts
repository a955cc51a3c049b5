/** A stretch of a text: as it is, or one character that a reader must see to not be deceived. */
export type Piece =
  | { readonly kind: "plain"; readonly text: string }
  | { readonly kind: "mark"; readonly text: string; readonly name: string };

/**
 * Characters that draw nothing or reorder what stands around them, as first and last code points: controls,
 * format and bidi controls, invisible fillers, tags, lone surrogates.
 */
const HIDDEN: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x034f, 0x034f],
  [0x061c, 0x061c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0xe0000, 0xe0fff],
];

const ONLY_PRINTABLE_ASCII = /^[ -~]*$/;
const JOINER = "\u200d";
/** After one of these a joiner makes an emoji, and is seen. */
const EMOJI_PART = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f/u;

/** The C0 controls as they are known. */
const C0 =
  "NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US".split(
    " ",
  );

const NAMES: Readonly<Record<number, string>> = {
  0x7f: "delete",
  0xad: "soft hyphen",
  0x061c: "Arabic letter mark",
  0x200b: "zero-width space",
  0x200c: "zero-width non-joiner",
  0x200d: "zero-width joiner",
  0x200e: "left-to-right mark",
  0x200f: "right-to-left mark",
  0x2028: "line separator",
  0x2029: "paragraph separator",
  0x202a: "left-to-right embedding",
  0x202b: "right-to-left embedding",
  0x202c: "pop directional formatting",
  0x202d: "left-to-right override",
  0x202e: "right-to-left override",
  0x2066: "left-to-right isolate",
  0x2067: "right-to-left isolate",
  0x2068: "first strong isolate",
  0x2069: "pop directional isolate",
  0xfeff: "byte order mark",
};

/** Cuts `text` into what may be shown as it is and what must be made visible. */
export function pieces(text: string, options: { lines?: boolean } = {}): Piece[] {
  const found: Piece[] = [];
  let plain = "";
  const flush = (): void => {
    if (plain !== "") found.push({ kind: "plain", text: plain });
    plain = "";
  };
  if (ONLY_PRINTABLE_ASCII.test(text)) return text === "" ? [] : [{ kind: "plain", text }];
  let before = "";
  for (const character of text) {
    const layout = options.lines === true && (character === "\n" || character === "\t");
    if (layout || !isHidden(character, before)) plain += character;
    else {
      flush();
      found.push(mark(character));
    }
    before = character;
  }
  flush();
  return found;
}

/** The same as one string, for places that hold no elements: titles, accessible names, the tab. */
export function visible(text: string): string {
  return pieces(text)
    .map((piece) => (piece.kind === "mark" ? `⟨${piece.text}⟩` : piece.text))
    .join("");
}

/** `visible`, shortened to what fits a tooltip. */
export function visibleTitle(text: string): string {
  const charactersMax = 1_000;
  if (text.length <= charactersMax) return visible(text);
  return `${visible(cut(text, charactersMax))}… (${text.length.toLocaleString("en")} characters)`;
}

/** The first `length` UTF-16 units, never half of a surrogate pair. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

function isHidden(character: string, before: string): boolean {
  if (character === JOINER && EMOJI_PART.test(before)) return false;
  const code = character.codePointAt(0) ?? 0;
  return HIDDEN.some(([first, last]) => code >= first && code <= last);
}

function mark(character: string): Piece {
  const code = character.codePointAt(0) ?? 0;
  const hex = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const name = C0[code] ?? NAMES[code];
  return { kind: "mark", text: C0[code] ?? hex, name: name === undefined ? hex : `${hex} ${name}` };
}

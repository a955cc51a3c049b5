/** Words of a line that are compared, and their characters. */
const WORDS_MAX = 10;
const CHARACTERS_MAX = 160;

/** What changes from line to line: numbers, ids, addresses, and what is quoted or in a list. */
const CHANGING = /\d/;

/**
 * The part of a log line that says the same each time: its words without those that have digits in them,
 * so that lines of one place in the code are counted together.
 *
 * @example logShape("card 4711 declined after 12 ms") // "card … declined after … ms"
 */
export function logShape(body: string): string {
  const words = body.slice(0, 4 * CHARACTERS_MAX).split(/[\s,;={}()[\]"']+/, WORDS_MAX * 2);
  const shape: string[] = [];
  for (const word of words) {
    if (word === "") continue;
    const kept = CHANGING.test(word) && !isPlaceInCode(word) ? "…" : word;
    if (kept !== "…" || shape.at(-1) !== "…") shape.push(kept);
    if (shape.length >= WORDS_MAX) break;
  }
  return shape.join(" ").slice(0, CHARACTERS_MAX);
}

/** `Cart.java:41` and `c.s.ContactsServiceImpl#34` say where a line comes from, and stay. */
function isPlaceInCode(word: string): boolean {
  return /^[A-Za-z_$][\w$.-]*[#:]\d{1,6}:?$/.test(word);
}

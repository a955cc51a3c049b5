import type { Place, SearchError } from "./search-node.ts";

/**
 * `not` is a minus or the word NOT; `field` is a name with its colon; `value` and `star` come behind a field,
 * and there `open`, `or`, `comma` and `close` make a list of them.
 */
export type TokenKind =
  | "open"
  | "close"
  | "and"
  | "or"
  | "not"
  | "text"
  | "field"
  | "operator"
  | "value"
  | "star"
  | "comma";

export interface SearchToken {
  readonly kind: TokenKind;
  /** Without quotes and escapes; of a field without the colon, of a prefix without its star. */
  readonly text: string;
  readonly at: Place;
  readonly isQuoted: boolean;
  /** A star follows: any text that begins so. */
  readonly isPrefix: boolean;
  /** It stands within the parentheses behind a field. */
  readonly inList: boolean;
}

/** The pieces of a search, in order, and what is wrong with them. Linear in the text; never throws. */
export function searchTokens(text: string): { tokens: SearchToken[]; errors: SearchError[] } {
  const reader = new TokenReader(text);
  reader.readAll();
  return reader;
}

const KEYWORDS: Readonly<Record<string, TokenKind>> = { AND: "and", OR: "or", NOT: "not" };
const SPACE = /\s/;
/** What ends a word; among values a comma does too. */
const ENDS = new Set(['"', "(", ")"]);

class TokenReader {
  readonly tokens: SearchToken[] = [];
  readonly errors: SearchError[] = [];
  private readonly text: string;
  private next = 0;
  /** Behind a field, where a value is due. */
  private isValueDue = false;
  private inList = false;

  constructor(text: string) {
    this.text = text;
  }

  readAll(): void {
    while (this.next < this.text.length) {
      const character = this.text[this.next]!;
      if (SPACE.test(character)) {
        // A value follows its field at once: `service: cart` has none.
        this.isValueDue = this.isValueDue && this.inList;
        this.next++;
      } else if (this.isValueDue || this.inList) this.readValuePart(character);
      else this.readTermPart(character);
    }
  }

  private readTermPart(character: string): void {
    if (character === "(") this.single("open");
    else if (character === ")") this.single("close");
    else if (character === "-" && this.negates()) this.single("not");
    else if (character === '"') this.readQuotedTerm();
    else this.readBareTerm();
  }

  /** A minus is one directly before what it negates. */
  private negates(): boolean {
    const after = this.text[this.next + 1];
    return after !== undefined && after !== ")" && !SPACE.test(after);
  }

  private readQuotedTerm(): void {
    const from = this.next;
    const name = this.quoted();
    if (this.text[this.next] === ":") {
      this.next++;
      this.push("field", name, from, { isQuoted: true });
      this.isValueDue = true;
    } else this.push("text", name, from, { isQuoted: true });
  }

  private readBareTerm(): void {
    const from = this.next;
    const colon = this.wordEnd(":");
    const name = this.text.slice(from, colon);
    if (this.text[colon] === ":" && isFieldName(name) && !this.text.startsWith("//", colon + 1)) {
      this.next = colon + 1;
      this.push("field", name, from);
      this.isValueDue = true;
      return;
    }
    // An address or a time of day has colons too, and is text.
    this.next = this.wordEnd();
    const word = this.text.slice(from, this.next);
    const keyword = Object.hasOwn(KEYWORDS, word) ? KEYWORDS[word] : undefined;
    this.push(keyword ?? "text", word, from);
  }

  private readValuePart(character: string): void {
    if (character === ")") {
      this.isValueDue = false;
      this.inList = false;
      this.single("close");
    } else if (character === ",") this.single("comma");
    else if (character === "(" && !this.inList) {
      this.inList = true;
      this.single("open");
    } else if (character === "(") {
      this.fail("A list of values has no parentheses in it", this.next, this.next + 1);
      this.next++;
    } else if (character === '"') this.readQuotedValue();
    else this.readBareValue();
  }

  private readQuotedValue(): void {
    const from = this.next;
    const value = this.quoted();
    const isPrefix = this.text[this.next] === "*";
    if (isPrefix) this.next++;
    this.push("value", value, from, { isQuoted: true, isPrefix });
    this.endValue();
  }

  private readBareValue(): void {
    if (this.tokens.at(-1)?.kind === "field" && this.readOperator()) return;
    const from = this.next;
    this.next = this.wordEnd(",");
    const value = this.text.slice(from, this.next);
    const star = value.indexOf("*");
    if (value === "*") this.push("star", value, from);
    else if (this.inList && value === "OR") this.push("or", value, from);
    else if (star === -1) this.push("value", value, from);
    else {
      this.push("value", value.slice(0, -1), from, { isPrefix: true });
      if (star < value.length - 1)
        this.fail(
          "A star stands only at the end of a value, for anything that follows; put the value in quotes to find a star itself",
          from + star,
          from + star + 1,
        );
    }
    this.endValue();
  }

  private readOperator(): boolean {
    const [operator] = /^[<>]=?/.exec(this.text.slice(this.next, this.next + 2)) ?? [];
    if (operator === undefined) return false;
    const from = this.next;
    this.next += operator.length;
    this.push("operator", operator, from);
    return true;
  }

  /** After a value outside a list only a comma brings another. */
  private endValue(): void {
    this.isValueDue = this.inList || this.text[this.next] === ",";
  }

  /** Reads from a quote to the one that closes it; `\"` and `\\` stand for themselves. */
  private quoted(): string {
    const from = this.next;
    const parts: string[] = [];
    let plainFrom = from + 1;
    for (let i = from + 1; i < this.text.length; i++) {
      const character = this.text[i];
      const after = this.text[i + 1];
      if (character === "\\" && (after === '"' || after === "\\")) {
        parts.push(this.text.slice(plainFrom, i));
        plainFrom = ++i;
      } else if (character === '"') {
        this.next = i + 1;
        return parts.join("") + this.text.slice(plainFrom, i);
      }
    }
    this.next = this.text.length;
    this.fail('This quote is not closed: put a " behind the text', from, this.text.length);
    return parts.join("") + this.text.slice(plainFrom);
  }

  /** Where the word from here on ends; before `also`, too. */
  private wordEnd(also?: string): number {
    let at = this.next;
    while (at < this.text.length) {
      const character = this.text[at]!;
      if (SPACE.test(character) || ENDS.has(character) || character === also) break;
      at++;
    }
    return at;
  }

  private single(kind: TokenKind): void {
    this.push(kind, this.text[this.next++]!, this.next - 1);
  }

  private push(
    kind: TokenKind,
    text: string,
    from: number,
    { isQuoted = false, isPrefix = false } = {},
  ): void {
    const at = { from, to: this.next };
    this.tokens.push({ kind, text, at, isQuoted, isPrefix, inList: this.inList });
  }

  private fail(message: string, from: number, to: number): void {
    this.errors.push({ message, at: { from, to } });
  }
}

/** Whether what stands before a colon names a field: no time of day, and not nothing. */
function isFieldName(name: string): boolean {
  return name !== "" && !/^\d+$/.test(name);
}

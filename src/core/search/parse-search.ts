import { SEARCH_LIMITS } from "../limits.ts";
import { fieldNode, type FieldValue } from "./field-condition.ts";
import type { Place, SearchError, SearchNode, SearchSignal } from "./search-node.ts";
import { type SearchToken, searchTokens, type TokenKind } from "./search-tokens.ts";

export type ParsedSearch =
  | {
      readonly ok: true;
      /** Undefined finds everything. */ readonly search: SearchNode | undefined;
    }
  | { readonly ok: false; readonly errors: readonly SearchError[] };

/**
 * Reads a search: `service:checkout status:error duration:>200ms "card declined" -path:/health`. Terms beside
 * each other must all hold; `OR`, parentheses, `-` or `NOT` do what they say. See docs/formats/search.md. Given a
 * signal, fields that its rows do not have are errors. Bounded by `SEARCH_LIMITS`, linear in the text, and
 * never throws.
 */
export function parseSearch(text: string, signal?: SearchSignal): ParsedSearch {
  const { charactersMax } = SEARCH_LIMITS;
  if (text.length > charactersMax) {
    const message = `A search has at most ${charactersMax} characters`;
    return { ok: false, errors: [{ message, at: { from: charactersMax, to: text.length } }] };
  }
  const { tokens, errors } = searchTokens(text);
  const parser = new Parser(tokens, text.length, signal);
  const search = parser.whole();
  const all = [...errors, ...parser.errors].toSorted((a, b) => a.at.from - b.at.from);
  return all.length === 0 ? { ok: true, search } : { ok: false, errors: all };
}

/** Parts that all, or any of which, must hold; those of the same kind within them are taken in. */
export function combined(kind: "and" | "or", parts: readonly SearchNode[]): SearchNode | undefined {
  const flat = parts.flatMap((part) => (part.kind === kind ? part.parts : [part]));
  return flat.length > 1 ? { kind, parts: flat } : flat[0];
}

class Parser {
  readonly errors: SearchError[] = [];
  private readonly tokens: readonly SearchToken[];
  private readonly length: number;
  private readonly signal: SearchSignal | undefined;
  private next = 0;
  private depth = 0;
  private terms = 0;
  /** What follows an error of grammar could only be guessed at. */
  private isLost = false;

  constructor(tokens: readonly SearchToken[], length: number, signal: SearchSignal | undefined) {
    this.tokens = tokens;
    this.length = length;
    this.signal = signal;
  }

  whole(): SearchNode | undefined {
    if (this.tokens.length === 0) return undefined;
    const search = this.any();
    const rest = this.peek();
    if (!this.isLost && rest !== undefined)
      this.lose("This parenthesis closes nothing: take it away, or open one before it", rest.at);
    return search;
  }

  /** `a b OR c` */
  private any(): SearchNode | undefined {
    const parts: SearchNode[] = [];
    for (;;) {
      const part = this.all();
      if (part !== undefined) parts.push(part);
      if (this.isLost || this.peek()?.kind !== "or") return combined("or", parts);
      this.next++;
    }
  }

  /** `a b`, `a AND b` */
  private all(): SearchNode | undefined {
    const parts: SearchNode[] = [];
    let isDue = true;
    for (;;) {
      const token = this.peek();
      const isEnd = token === undefined || token.kind === "close" || token.kind === "or";
      if (isEnd && isDue) this.lose(dueMessage(token), token?.at ?? this.end());
      if (isEnd || this.isLost) return combined("and", parts);
      if (token.kind === "and" && isDue) this.lose("AND stands between two terms", token.at);
      else if (token.kind === "and") {
        this.next++;
        isDue = true;
        continue;
      }
      const part = this.isLost ? undefined : this.negated();
      if (part !== undefined) parts.push(part);
      isDue = false;
    }
  }

  private negated(): SearchNode | undefined {
    let isNot = false;
    let token = this.peek();
    const first = token;
    while (token?.kind === "not") {
      isNot = !isNot;
      this.next++;
      token = this.peek();
    }
    if (token === undefined || ["close", "or", "and"].includes(token.kind)) {
      this.lose("Something must follow that is not to be found", first?.at ?? this.end());
      return undefined;
    }
    const part = this.term(token);
    if (part === undefined) return undefined;
    return isNot ? { kind: "not", part } : part;
  }

  private term(token: SearchToken): SearchNode | undefined {
    this.next++;
    if (token.kind === "open") return this.group(token);
    if (token.kind === "field") return this.field(token);
    // A value without its field is a comma that stands alone.
    if (token.kind !== "text") return this.lose("A comma stands only between values", token.at);
    if (token.text === "") return this.lose("There is nothing between these quotes", token.at);
    if (!token.isQuoted && token.text.length > 1 && token.text.endsWith("*"))
      return this.lose(
        "Words are found whole: a star works only at the end of a field's value, such as service:check*",
        token.at,
      );
    this.count(token.at, 1);
    return { kind: "text", text: token.text, isPhrase: token.isQuoted, at: token.at };
  }

  private group(open: SearchToken): SearchNode | undefined {
    if (++this.depth > SEARCH_LIMITS.depthMax)
      return this.lose(`Parentheses go at most ${SEARCH_LIMITS.depthMax} deep`, open.at);
    const inside = this.any();
    this.depth--;
    if (this.isLost) return undefined;
    if (this.peek()?.kind !== "close")
      return this.lose("This parenthesis is not closed: put a ) behind the terms", open.at);
    this.next++;
    return inside;
  }

  private field(name: SearchToken): SearchNode | undefined {
    const operator = this.take("operator");
    const open = operator === undefined ? this.takeList() : undefined;
    const values = open === undefined ? this.values() : this.list(open);
    if (values === undefined) return undefined;
    const last = this.tokens[this.next - 1]!;
    const at = { from: name.at.from, to: last.at.to };
    this.count(at, values.length);
    const made = fieldNode({ name, operator, values, at, signal: this.signal });
    if (Array.isArray(made)) {
      this.errors.push(...made);
      return undefined;
    }
    return made;
  }

  /** `a`, or `a,b` */
  private values(): FieldValue[] | undefined {
    const values: FieldValue[] = [];
    for (;;) {
      const token = this.peek();
      if (token?.kind === "value" || token?.kind === "star") values.push(token);
      else {
        const before = this.tokens[this.next - 1]!;
        return this.lose(
          before.kind === "comma"
            ? "A value must follow this comma"
            : `A value must follow at once, such as ${exampleOf(before)}`,
          before.at,
        );
      }
      this.next++;
      if (this.take("comma") === undefined) return values;
    }
  }

  /** `(a OR b)`, `(a, b)` */
  private list(open: SearchToken): FieldValue[] | undefined {
    const values: FieldValue[] = [];
    for (;;) {
      const token = this.peek();
      if (token?.kind !== "value" && token?.kind !== "star")
        return this.lose(
          token === undefined
            ? "This list is not closed: put a ) behind the values"
            : "A value must stand here, such as in service:(cart OR checkout)",
          token?.at ?? open.at,
        );
      values.push(token);
      this.next++;
      const after = this.peek();
      this.next++;
      if (after?.kind === "close") return values;
      if (after?.kind !== "or" && after?.kind !== "comma") {
        const message =
          after === undefined
            ? "This list is not closed: put a ) behind the values"
            : "OR or a comma must stand between values; one value with spaces goes in quotes";
        return this.lose(message, after?.at ?? open.at);
      }
    }
  }

  private takeList(): SearchToken | undefined {
    return this.peek()?.inList === true ? this.take("open") : undefined;
  }

  private take(kind: TokenKind): SearchToken | undefined {
    const token = this.peek();
    if (token?.kind !== kind) return undefined;
    this.next++;
    return token;
  }

  private peek(): SearchToken | undefined {
    return this.tokens[this.next];
  }

  private end(): Place {
    return { from: this.length, to: this.length };
  }

  private count(at: Place, terms: number): void {
    this.terms += terms;
    const { termsMax } = SEARCH_LIMITS;
    if (this.terms > termsMax) this.lose(`A search has at most ${termsMax} words and values`, at);
  }

  private lose(message: string, at: Place): undefined {
    if (!this.isLost) this.errors.push({ message, at });
    this.isLost = true;
    return undefined;
  }
}

function dueMessage(token: SearchToken | undefined): string {
  if (token?.kind === "or") return "OR stands between two terms";
  if (token?.kind === "close") return "Something must stand before this parenthesis";
  return "Something must follow";
}

function exampleOf({ kind, text }: SearchToken): string {
  return kind === "field" ? `${text}:value, or ${text}:* where it is there at all` : `${text}200`;
}

import { FORMULA_LIMITS } from "../limits.ts";
import type { Place } from "../search/search-node.ts";
import {
  FORMULA_FUNCTIONS,
  type FormulaError,
  type FormulaFunction,
  type FormulaNode,
  type FormulaOperator,
} from "./formula-node.ts";

export type ParsedFormula =
  | { readonly ok: true; readonly formula: FormulaNode }
  | { readonly ok: false; readonly errors: readonly FormulaError[] };

/**
 * Reads a formula such as `a / (a + b) * 100` or `clamp_min(a - b, 0)`: names of queries, numbers, `+ - * / % ^`,
 * brackets and the functions of {@link FORMULA_FUNCTIONS}. It takes time in proportion to the text.
 */
export function parseFormula(text: string): ParsedFormula {
  if (text.length > FORMULA_LIMITS.charactersMax) {
    const at = { from: FORMULA_LIMITS.charactersMax, to: text.length };
    const message = `A formula has at most ${FORMULA_LIMITS.charactersMax} characters`;
    return { ok: false, errors: [{ message, at }] };
  }
  try {
    return { ok: true, formula: new Parser(text).whole() };
  } catch (error) {
    if (error instanceof FormulaFault) return { ok: false, errors: [error.error] };
    throw error;
  }
}

/** A {@link FormulaError} on its way out of the parser or the evaluation. */
export class FormulaFault extends Error {
  readonly error: FormulaError;

  constructor(message: string, at: Place) {
    super(message);
    this.error = { message, at };
  }
}

interface Token {
  readonly kind: "number" | "name" | "sign" | "end";
  readonly text: string;
  readonly at: Place;
}

const TOKEN =
  /\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_][A-Za-z0-9_]*)|([-+*/%^(),]))/y;

/** From the loosest binding to the tightest; `^` binds tighter than all, and to the right. */
const BINDING: Readonly<Record<string, number>> = { "+": 1, "-": 1, "*": 2, "/": 2, "%": 2 };

class Parser {
  readonly #text: string;
  #next: Token;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#next = this.#token(0);
  }

  whole(): FormulaNode {
    if (this.#is("end")) this.#fail("A formula is missing: a / b * 100, for example");
    const formula = this.#sum(1);
    if (!this.#is("end")) this.#fail(`${quoted(this.#next.text)} does not go on a formula`);
    return formula;
  }

  /** Operators of at least this binding, each with what stands to its left. */
  #sum(least: number): FormulaNode {
    let left = this.#signed();
    for (;;) {
      const binding = this.#next.kind === "sign" ? (BINDING[this.#next.text] ?? 0) : 0;
      if (binding < least) return left;
      const operator = this.#take().text as FormulaOperator;
      const right = this.#sum(binding + 1);
      left = { kind: "binary", operator, left, right, at: span(left.at, right.at) };
    }
  }

  #signed(): FormulaNode {
    const sign = this.#next;
    if (sign.kind !== "sign" || (sign.text !== "-" && sign.text !== "+")) return this.#power();
    this.#enter();
    this.#take();
    const of = this.#signed();
    this.#depth--;
    return sign.text === "+" ? of : { kind: "negate", of, at: span(sign.at, of.at) };
  }

  #power(): FormulaNode {
    const left = this.#value();
    if (!this.#isSign("^")) return left;
    this.#enter();
    this.#take();
    // It binds to the right, and its right side may have a sign: 10 ^ -3.
    const right = this.#signed();
    this.#depth--;
    return { kind: "binary", operator: "^", left, right, at: span(left.at, right.at) };
  }

  #value(): FormulaNode {
    const token = this.#next;
    if (token.kind === "number") {
      this.#take();
      const value = Number(token.text);
      if (!Number.isFinite(value))
        this.#failAt(`${quoted(token.text)} is too large a number`, token.at);
      return { kind: "number", value, at: token.at };
    }
    if (token.kind === "name") return this.#named();
    if (token.text === "(") {
      this.#enter();
      this.#take();
      const inner = this.#sum(1);
      this.#expect(")");
      this.#depth--;
      return inner;
    }
    return this.#fail(
      token.kind === "end"
        ? "The formula ends too early: a query such as a, or a number, is missing"
        : `A query such as a, or a number, is missing before ${quoted(token.text)}`,
    );
  }

  #named(): FormulaNode {
    const name = this.#take();
    if (!this.#isSign("(")) return { kind: "query", name: name.text, at: name.at };
    if (!isFunction(name.text)) {
      const known = Object.keys(FORMULA_FUNCTIONS).join(", ");
      this.#failAt(`${quoted(name.text)} is no function; there are ${known}`, name.at);
    }
    this.#enter();
    this.#take();
    const args: FormulaNode[] = [];
    if (!this.#isSign(")")) {
      args.push(this.#sum(1));
      while (this.#isSign(",")) {
        this.#take();
        args.push(this.#sum(1));
      }
    }
    const close = this.#expect(")");
    this.#depth--;
    const [min, max] = FORMULA_FUNCTIONS[name.text];
    const at = span(name.at, close.at);
    if (args.length < min || args.length > max) {
      const wanted = min === max ? `${min}` : `${min} to ${max}`;
      this.#failAt(
        `${name.text} takes ${wanted} ${max === 1 ? "value" : "values"}, not ${args.length}`,
        at,
      );
    }
    return { kind: "call", name: name.text, args, at };
  }

  #expect(sign: string): Token {
    if (this.#next.text === sign) return this.#take();
    const found = this.#next.kind === "end" ? "at the end" : `before ${quoted(this.#next.text)}`;
    return this.#fail(`A ${quoted(sign)} is missing ${found}`);
  }

  #is(kind: Token["kind"]): boolean {
    return this.#next.kind === kind;
  }

  #isSign(text: string): boolean {
    return this.#next.text === text;
  }

  #enter(): void {
    if (++this.#depth > FORMULA_LIMITS.depthMax) this.#fail("The formula is nested too deep");
  }

  #take(): Token {
    const taken = this.#next;
    this.#next = this.#token(taken.at.to);
    return taken;
  }

  #token(from: number): Token {
    TOKEN.lastIndex = from;
    const match = TOKEN.exec(this.#text);
    if (match === null) {
      const rest = /\S/.exec(this.#text.slice(from));
      const end = this.#text.length;
      if (rest === null) return { kind: "end", text: "", at: { from: end, to: end } };
      const at = { from: from + rest.index, to: from + rest.index + 1 };
      return this.#failAt(`${quoted(rest[0])} has no meaning in a formula`, at);
    }
    const [, number, name, sign] = match;
    const text = number ?? name ?? sign!;
    const kind = number === undefined ? (name === undefined ? "sign" : "name") : "number";
    return { kind, text, at: { from: TOKEN.lastIndex - text.length, to: TOKEN.lastIndex } };
  }

  #fail(message: string): never {
    return this.#failAt(message, this.#next.at);
  }

  #failAt(message: string, at: Place): never {
    throw new FormulaFault(message, at);
  }
}

function isFunction(name: string): name is FormulaFunction {
  return Object.hasOwn(FORMULA_FUNCTIONS, name);
}

function span(first: Place, last: Place): Place {
  return { from: first.from, to: last.to };
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

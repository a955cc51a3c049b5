import { EXPRESSION_LIMITS } from "./expression-limits.ts";
import type { ExpressionError, Place } from "./expression-error.ts";
import { Lexer, type Token } from "./lexer.ts";
import type {
  ArithmeticOperator,
  CompareOperator,
  Expression,
  Key,
  Literal,
  LogicOperator,
  Statement,
} from "./syntax.ts";

/**
 * Reads an expression. The grammar, from the loosest binding to the tightest:
 *
 * ```text
 * or         = and { "or" and }
 * and        = not { "and" not }
 * not        = "not" not | comparison
 * comparison = sum [ ("==" | "!=" | "<" | "<=" | ">" | ">=") sum | ["not"] "in" list ]
 * sum        = product { ("+" | "-") product }
 * product    = unary { ("*" | "/" | "%") unary }
 * unary      = "-" unary | primary
 * primary    = literal | list | call | path | "(" or ")"
 * path       = name { "." name } { key }         key = "[" (text | integer) "]"
 * call       = name "(" [ or { "," or } ] ")" { key }
 * list       = "[" [ or { "," or } ] "]"
 * literal    = text | integer | double | duration | "/" pattern "/" flags | "true" | "false" | "nil" | "null"
 * ```
 *
 * @throws ExpressionError that shows the place.
 */
export function parseExpression(source: string): Expression {
  const parser = new Parser(source);
  const expression = parser.or();
  parser.end();
  return expression;
}

/**
 * Reads a statement: `name "(" arguments ")" [ "where" or ]`.
 *
 * @throws ExpressionError that shows the place.
 */
export function parseStatement(source: string): Statement {
  const parser = new Parser(source);
  const statement = parser.statement();
  parser.end();
  return statement;
}

const KEYWORDS: ReadonlySet<string> = new Set([
  "and",
  "or",
  "not",
  "in",
  "where",
  "true",
  "false",
  "nil",
  "null",
]);
const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);
const INT64_OVER = 2n ** 63n;

class Parser {
  private readonly lexer: Lexer;
  private token: Token;
  private nodes = 0;
  private depth = 0;
  /** Where the last token that was taken ends. */
  private lastTo = 0;

  constructor(source: string) {
    this.lexer = new Lexer(source);
    this.token = this.lexer.next(true);
  }

  end(): void {
    if (this.token.kind === "end") return;
    throw this.unexpected("an operator, or the end");
  }

  statement(): Statement {
    const { from } = this.token;
    if (this.token.kind !== "name") throw this.unexpected("the name of what to do, such as set(…)");
    const editor = this.token.text;
    const editorPlace = { from, to: this.token.to };
    this.take(false);
    if (!this.isSymbol("(")) throw this.unexpected(`( after ${editor}`);
    const args = this.items("(", ")");
    let where: Expression | undefined;
    if (this.isWord("where")) {
      this.take(true);
      where = this.or();
    }
    return { editor, editorPlace, args, where, from, to: this.lastTo };
  }

  or(): Expression {
    return this.logic("or", () => this.logic("and", () => this.not()));
  }

  private logic(operator: LogicOperator, operand: () => Expression): Expression {
    let left = operand();
    while (this.isWord(operator)) {
      this.take(true);
      const right = operand();
      left = this.node({ kind: "logic", operator, left, right, from: left.from, to: right.to });
    }
    return left;
  }

  private not(): Expression {
    if (!this.isWord("not")) return this.comparison();
    const { from } = this.token;
    this.take(true);
    const operand = this.nested(() => this.not());
    return this.node({ kind: "not", operand, from, to: operand.to });
  }

  private comparison(): Expression {
    const left = this.sum();
    if (this.isWord("not")) {
      const { from } = this.token;
      this.take(false);
      if (!this.isWord("in")) throw this.unexpected("in after not");
      const operand = this.membership(left);
      return this.node({ kind: "not", operand, from: Math.min(from, left.from), to: operand.to });
    }
    if (this.isWord("in")) return this.membership(left);
    if (this.token.kind !== "symbol" || !COMPARISONS.has(this.token.text)) return left;
    const operator = this.token.text as CompareOperator;
    this.take(true);
    const right = this.sum();
    if (this.token.kind === "symbol" && COMPARISONS.has(this.token.text))
      throw this.error("comparisons cannot be chained: join them with and", this.token);
    return this.node({ kind: "compare", operator, left, right, from: left.from, to: right.to });
  }

  private membership(left: Expression): Expression {
    this.take(true);
    if (!this.isSymbol("[")) throw this.unexpected("a list in brackets after in");
    const items = this.items("[", "]");
    return this.node({ kind: "in", left, items, from: left.from, to: this.lastTo });
  }

  private sum(): Expression {
    return this.arithmetic(["+", "-"], () => this.arithmetic(["*", "/", "%"], () => this.unary()));
  }

  private arithmetic(
    operators: readonly ArithmeticOperator[],
    operand: () => Expression,
  ): Expression {
    let left = operand();
    for (;;) {
      const { token } = this;
      const operator = operators.find((one) => token.kind === "symbol" && token.text === one);
      if (operator === undefined) return left;
      this.take(true);
      const right = operand();
      const { from } = left;
      left = this.node({ kind: "arithmetic", operator, left, right, from, to: right.to });
    }
  }

  private unary(): Expression {
    if (!this.isSymbol("-")) return this.primary();
    const { from } = this.token;
    this.take(true);
    const { token } = this;
    if (token.kind === "literal") {
      const literal = negated(token.literal);
      if (literal !== undefined) {
        this.take(false);
        return this.node({ kind: "literal", ...literal, from, to: token.to });
      }
    }
    const operand = this.nested(() => this.unary());
    return this.node({ kind: "negate", operand, from, to: operand.to });
  }

  private primary(): Expression {
    const { token } = this;
    switch (token.kind) {
      case "literal":
        return this.literal(token.literal, token);
      case "regex":
        this.take(false);
        return this.node({ ...token });
      case "name":
        return this.named(token.text, token);
      case "symbol":
        return this.bracketed(token.text, token);
      default:
        throw this.unexpected("a value");
    }
  }

  private literal(literal: Literal, { from, to }: Place): Expression {
    if (literal.value === INT64_OVER)
      throw this.error("the integer is beyond 64 bits", { from, to });
    this.take(false);
    return this.node({ kind: "literal", ...literal, from, to });
  }

  private bracketed(symbol: string, { from }: Place): Expression {
    if (symbol === "[") {
      const items = this.items("[", "]");
      return this.node({ kind: "list", items, from, to: this.lastTo });
    }
    if (symbol !== "(") throw this.unexpected("a value");
    this.take(true);
    const inner = this.nested(() => this.or());
    this.expect(")");
    return inner;
  }

  private named(text: string, place: Place): Expression {
    switch (text) {
      case "true":
      case "false":
        return this.literal({ type: "bool", value: text === "true" }, place);
      case "nil":
      case "null":
        return this.literal({ type: "nil", value: null }, place);
      default:
    }
    if (KEYWORDS.has(text)) throw this.unexpected("a value");
    this.take(false);
    if (!this.isSymbol("(")) return this.path(text, place.from);
    const args = this.items("(", ")");
    const keys = this.keys(text);
    return this.node({ kind: "call", name: text, args, keys, from: place.from, to: this.lastTo });
  }

  private path(first: string, from: number): Expression {
    let name = first;
    while (this.isSymbol(".")) {
      this.take(false);
      if (this.token.kind !== "name") throw this.unexpected(`a name after ${name}.`);
      name += `.${this.token.text}`;
      this.take(false);
    }
    return this.node({ kind: "path", name, keys: this.keys(name), from, to: this.lastTo });
  }

  private keys(name: string): Key[] {
    const keys: Key[] = [];
    while (this.isSymbol("[")) keys.push(this.key(name));
    return keys;
  }

  private key(name: string): Key {
    this.take(true);
    const { token } = this;
    const value = token.kind === "literal" ? token.literal.value : undefined;
    const isKey = typeof value === "string" || Number.isSafeInteger(value);
    if (!isKey) throw this.unexpected(`a key in quotes or a whole number after ${name}[`);
    this.take(false);
    this.expect("]");
    this.count(token);
    return { value: value as string | number, from: token.from, to: token.to };
  }

  private items(open: string, close: string): Expression[] {
    this.expect(open, true);
    const items: Expression[] = [];
    while (!this.isSymbol(close)) {
      items.push(this.nested(() => this.or()));
      if (this.isSymbol(",")) this.take(true);
      else if (!this.isSymbol(close)) throw this.unexpected(`, or ${close}`);
    }
    this.take(false);
    return items;
  }

  private nested(parse: () => Expression): Expression {
    if (++this.depth > EXPRESSION_LIMITS.depthMax)
      throw this.error(`more than ${EXPRESSION_LIMITS.depthMax} within each other`, this.token);
    const expression = parse();
    this.depth--;
    return expression;
  }

  private node(expression: Expression): Expression {
    this.count(expression);
    return expression;
  }

  private count(place: Place): void {
    if (++this.nodes > EXPRESSION_LIMITS.nodesMax)
      throw this.error(`more than ${EXPRESSION_LIMITS.nodesMax} values and operators`, place);
  }

  private take(isOperandNext: boolean): void {
    this.lastTo = this.token.to;
    this.token = this.lexer.next(isOperandNext);
  }

  private expect(symbol: string, isOperandNext = false): void {
    if (!this.isSymbol(symbol)) throw this.unexpected(symbol);
    this.take(isOperandNext);
  }

  private isSymbol(text: string): boolean {
    return this.token.kind === "symbol" && this.token.text === text;
  }

  private isWord(text: string): boolean {
    return this.token.kind === "name" && this.token.text === text;
  }

  private error(reason: string, place: Place): ExpressionError {
    return this.lexer.error(reason, place);
  }

  private unexpected(wanted: string): ExpressionError {
    return this.error(`found ${described(this.token)}, where ${wanted} may stand`, this.token);
  }
}

function negated(literal: Literal): Literal | undefined {
  switch (literal.type) {
    case "int":
      return { type: "int", value: literal.value === 0 ? 0 : -literal.value };
    case "double":
    case "duration":
      return {
        type: literal.type,
        value: literal.value === 0 && literal.type === "duration" ? 0 : -literal.value,
      };
    default:
      return undefined;
  }
}

function described(token: Token): string {
  switch (token.kind) {
    case "end":
      return "the end";
    case "literal":
      return token.literal.type === "string" ? "a text" : `a ${token.literal.type}`;
    case "regex":
      return "a regular expression";
    default:
      return JSON.stringify(token.text);
  }
}

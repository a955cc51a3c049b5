import { ATTRIBUTE_PREFIX, attributeKey, type SearchField, searchField } from "./search-fields.ts";
import type {
  FieldNode,
  FieldOperator,
  Place,
  SearchError,
  SearchNode,
  SearchSignal,
} from "./search-node.ts";
import { searchDurationNs, searchNumber, severitySpan } from "./search-values.ts";

/** A value as it was written behind a field; a star alone asks whether the field is there. */
export interface FieldValue {
  readonly kind: string;
  readonly text: string;
  readonly at: Place;
  readonly isQuoted: boolean;
  readonly isPrefix: boolean;
}

interface FieldTerm {
  readonly name: { readonly text: string; readonly at: Place };
  readonly operator: { readonly text: string } | undefined;
  readonly values: readonly FieldValue[];
  readonly at: Place;
  readonly signal: SearchSignal | undefined;
}

/** What a field and its values ask for, or what is wrong with them. */
export function fieldNode(term: FieldTerm): SearchNode | SearchError[] {
  const { name, signal } = term;
  const field = searchField(name.text);
  if (name.text === "" || name.text === ATTRIBUTE_PREFIX)
    return [{ message: "The name of a field must stand before the colon", at: name.at }];
  if (field === undefined) return conditionOf(term, attributeKey(name.text), undefined);
  if (signal !== undefined && !field.signals.includes(signal))
    return [{ message: otherSignal(field, name.text), at: name.at }];
  return conditionOf(term, field.name, field);
}

function otherSignal({ name, signals }: SearchField, written: string): string {
  const [of, instead] =
    signals[0] === "traces" ? ["spans", "log records"] : ["log records", "spans"];
  return `Only ${of} have ${name}, not ${instead}; an attribute of that name is ${ATTRIBUTE_PREFIX}${written}:`;
}

function conditionOf(
  term: FieldTerm,
  field: string,
  known: SearchField | undefined,
): SearchNode | SearchError[] {
  const { operator, values, at } = term;
  const stars = values.filter(({ kind }) => kind === "star");
  const node = (of: FieldOperator, texts: readonly string[]): FieldNode => ({
    kind: "field",
    field,
    isAttribute: known === undefined,
    operator: of,
    values: texts,
    at,
  });
  if (stars.length > 0) {
    if (operator === undefined && values.length === 1) return node("exists", []);
    return stars.map((star) => ({
      message: `A star alone asks whether ${field} is there, and stands alone: ${field}:*`,
      at: star.at,
    }));
  }
  if (operator !== undefined) return compared(term, known, node);
  const range = values.length === 1 ? rangeOf(values[0]!, known) : undefined;
  if (range !== undefined)
    return { kind: "and", parts: [node(">=", [range[0]]), node("<=", [range[1]])] };
  return equal(values, known, node);
}

type NodeMaker = (operator: FieldOperator, texts: readonly string[]) => FieldNode;

function compared(
  { operator, values, name }: FieldTerm,
  known: SearchField | undefined,
  node: NodeMaker,
): SearchNode | SearchError[] {
  const value = values[0]!;
  if (values.length > 1)
    return [{ message: `${operator!.text} compares with one value`, at: values[1]!.at }];
  if (known !== undefined && known.values !== "duration" && known.values !== "severity")
    return [
      {
        message: `${known.name} is no number: write ${known.example}`,
        at: { from: name.at.from, to: value.at.to },
      },
    ];
  const wrong = value.isPrefix ? "A comparison has no star" : wrongValue(value, known, true);
  if (wrong !== undefined) return [{ message: wrong, at: value.at }];
  return node(operator!.text as FieldOperator, [normal(value.text, known)]);
}

function equal(
  values: readonly FieldValue[],
  known: SearchField | undefined,
  node: NodeMaker,
): SearchNode | SearchError[] {
  const errors: SearchError[] = [];
  for (const value of values) {
    const message = value.isPrefix ? wrongPrefix(known) : wrongValue(value, known, false);
    if (message !== undefined) errors.push({ message, at: value.at });
  }
  if (errors.length > 0) return errors;
  const texts = (isPrefix: boolean): string[] =>
    values.filter((one) => one.isPrefix === isPrefix).map((one) => normal(one.text, known));
  const [exact, prefixes] = [texts(false), texts(true)];
  if (prefixes.length === 0) return node("=", exact);
  if (exact.length === 0) return node("^=", prefixes);
  return { kind: "or", parts: [node("=", exact), node("^=", prefixes)] };
}

/** Choices, levels and ids are the same in capitals. */
function normal(text: string, known: SearchField | undefined): string {
  return known === undefined || ["text", "words", "duration"].includes(known.values)
    ? text
    : text.toLowerCase();
}

/** The two ends of `200ms..1s`; undefined for a value that is no range, such as `../up`. */
function rangeOf(
  { text, isQuoted, isPrefix }: FieldValue,
  known: SearchField | undefined,
): [string, string] | undefined {
  const split = text.indexOf("..");
  if (isQuoted || isPrefix || split < 0) return undefined;
  const ends: [string, string] = [text.slice(0, split), text.slice(split + 2)];
  return ends.every((end) => isEnd(end, known)) ? ends : undefined;
}

function isEnd(text: string, known: SearchField | undefined): boolean {
  if (known === undefined) return searchNumber(text) !== undefined;
  if (known.values === "duration") return searchDurationNs(text) !== undefined;
  return known.values === "severity" && severitySpan(text) !== undefined;
}

/** What is wrong with a value; undefined when nothing is. */
function wrongValue(
  { text }: FieldValue,
  known: SearchField | undefined,
  isCompared: boolean,
): string | undefined {
  switch (known?.values) {
    case "choice":
      return known.choices!.includes(text.toLowerCase()) ? undefined : choicesOf(known);
    case "severity":
      return severitySpan(text) === undefined
        ? `${choicesOf(known)}, or a number from 1 to 24`
        : undefined;
    case "duration":
      return searchDurationNs(text) === undefined
        ? "A duration is a number with ns, us, ms, s, m or h, such as 200ms, or a range such as 200ms..1s"
        : undefined;
    case "trace id":
      return /^[0-9a-f]{32}$/i.test(text) ? undefined : "A trace id has 32 hexadecimal digits";
    case "span id":
      return /^[0-9a-f]{16}$/i.test(text) ? undefined : "A span id has 16 hexadecimal digits";
    case "words":
      return text === "" ? "Text to be found must stand here" : undefined;
    case "text":
      return undefined;
    default:
      return isCompared && searchNumber(text) === undefined
        ? "Attributes are compared with numbers, such as 500 or 1.5"
        : undefined;
  }
}

function choicesOf({ name, choices = [] }: SearchField): string {
  return `${name} is ${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`;
}

function wrongPrefix(known: SearchField | undefined): string | undefined {
  if (known === undefined || known.values === "text" || known.values === "words") return undefined;
  return `${known.name} takes no star within a value: write ${known.example}`;
}

import { type AttributeValue, attributeValue } from "#core/attributes.ts";
import type { AttributeRow } from "#core/edit/attribute-row.ts";
import { AttributeKey } from "#core/row-access.ts";

const MODEL = new AttributeKey("model");
const LISTS = ["tokens", "usage", "token_usage"].map((key) => new AttributeKey(key));
const INPUT_NAMES = ["input_tokens", "prompt_tokens"];
const OUTPUT_NAMES = ["output_tokens", "completion_tokens"];
const INPUT = INPUT_NAMES.map((key) => new AttributeKey(key));
const OUTPUT = OUTPUT_NAMES.map((key) => new AttributeKey(key));

/** US dollars for a million tokens. */
export interface Prices {
  readonly input: number;
  readonly output: number;
}

/**
 * Seed 003's `cost_estimate`, as JSON, of an event that says how many tokens it took: `input_tokens` and
 * `output_tokens` (or `prompt_tokens`, `completion_tokens`), or `input` and `output` in an object
 * `tokens`, `usage` or `token_usage`. Undefined for any other event.
 */
export function costEstimate(row: AttributeRow, prices: Prices): string | undefined {
  const list = LISTS.map((key) => valueOf(row, key)).find(isObject) ?? {};
  const input = tokensOf(row, INPUT) ?? tokensIn(list, ["input", ...INPUT_NAMES]);
  const output = tokensOf(row, OUTPUT) ?? tokensIn(list, ["output", ...OUTPUT_NAMES]);
  if (input === undefined && output === undefined) return undefined;
  const tokens = { input: input ?? 0, output: output ?? 0 };
  const inputCost = (tokens.input * prices.input) / 1e6;
  const outputCost = (tokens.output * prices.output) / 1e6;
  const model = valueOf(row, MODEL);
  return JSON.stringify({
    input_cost_usd: inputCost,
    output_cost_usd: outputCost,
    total_cost_usd: inputCost + outputCost,
    model: typeof model === "string" && model !== "" ? model : "unknown",
    tokens: { ...tokens, total: tokens.input + tokens.output },
  });
}

export function valueOf(row: AttributeRow, key: AttributeKey): AttributeValue | undefined {
  const place = row.indexOf(key);
  return place < 0 ? undefined : attributeValue(row.text(place), row.type(place));
}

type Fields = Readonly<Record<string, AttributeValue>>;

function isObject(value: AttributeValue | undefined): value is { [key: string]: AttributeValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function tokensOf(row: AttributeRow, keys: readonly AttributeKey[]): number | undefined {
  return keys.map((key) => valueOf(row, key)).find(isCount);
}

function tokensIn(list: Fields, names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = Object.hasOwn(list, name) ? list[name] : undefined;
    if (isCount(value)) return value;
  }
  return undefined;
}

function isCount(value: AttributeValue | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

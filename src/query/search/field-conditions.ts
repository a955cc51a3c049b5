import type { FieldNode, SearchSignal } from "#core/search/search-node.ts";
import { searchDurationNs, severityAllowed } from "#core/search/search-values.ts";
import { asciiLower, searchWords } from "#core/search/search-words.ts";
import { SEVERITIES, severityNumberOf } from "#core/vocabulary.ts";
import { type Fragment, join, literal, sql } from "#store/sql.ts";
import { beginsWith, comparison, isOneOf } from "../attribute-comparison.ts";
import { textConditions } from "../log-text.ts";
import { allOf, anyOf, Scoped } from "../scoped.ts";
import { type TimeRange, withinDays } from "../time-range.ts";
import { traceIn } from "../trace-times.ts";

interface FieldScope {
  readonly signal: SearchSignal;
  readonly org: string;
  readonly range: TimeRange;
}

/** Condition of a field that is no attribute. */
export function fieldCondition(node: FieldNode, scope: FieldScope): Fragment {
  const { field, operator, values } = node;
  switch (field) {
    case "service":
      return textField(sql`service`, node);
    case "operation":
      return textField(sql`name`, node);
    case "status":
      return operator === "exists" ? sql`true` : isOneOf(sql`status`, values);
    case "kind":
      return operator === "exists" ? sql`true` : isOneOf(sql`kind`, values);
    case "duration":
      return durationCondition(node);
    case "severity":
      return severityCondition(node);
    case "body":
      return bodyCondition(node);
    case "trace_id":
      return operator === "exists" ? sql`trace_id != toFixedString('', 16)` : traceIn(values);
    case "span_id":
      return operator === "exists" ? sql`span_id != toFixedString('', 8)` : spanIn(values);
    case "scope":
      return scopeCondition(node, scope);
    default:
      throw new RangeError(`there is no field ${field}`);
  }
}

function textField(column: Fragment, { operator, values }: FieldNode): Fragment {
  if (operator === "exists") return sql`${column} != ''`;
  return operator === "^=" ? beginsWith(column, values) : isOneOf(column, values);
}

function durationCondition({ operator, values }: FieldNode): Fragment {
  const numbers = values.map((value) => literal.uint(searchDurationNs(value) ?? 0n));
  if (operator === "exists") return sql`true`;
  if (operator === "=" || operator === "^=") return sql`duration_ns IN (${join(numbers, ", ")})`;
  return sql`duration_ns ${comparison(operator)} ${numbers[0]!}`;
}

/** As `effectiveSeverity` of the core has it. */
const LEVEL_OF_TEXT = sql`multiIf(${join(
  SEVERITIES.map(
    (level) =>
      sql`startsWith(lower(severity_text), ${literal.string(level)}), ${literal.uint(severityNumberOf(level))}`,
  ),
  ", ",
)}, 0)`;
export const EFFECTIVE_SEVERITY = sql`if(severity >= 1 AND severity <= 24, toUInt64(severity), ${LEVEL_OF_TEXT})`;

function severityCondition({ operator, values }: FieldNode): Fragment {
  if (operator === "exists") return sql`${EFFECTIVE_SEVERITY} != 0`;
  return anyOf(
    values.map((value) => {
      const { min, max } = severityAllowed(operator, value) ?? { min: 1, max: 0 };
      const isAbove = sql`${EFFECTIVE_SEVERITY} >= ${literal.uint(min)}`;
      return max < min
        ? sql`false`
        : sql`(${isAbove} AND ${EFFECTIVE_SEVERITY} <= ${literal.uint(max)})`;
    }),
  );
}

function bodyCondition({ operator, values }: FieldNode): Fragment {
  if (operator === "exists") return sql`body != ''`;
  if (operator === "^=") return beginsWith(sql`body`, values);
  return anyOf(values.map((value) => textCondition(value, "logs")));
}

function spanIn(ids: readonly string[]): Fragment {
  const texts = ids.map((id) => literal.fixedHex(id, 8));
  return sql`span_id IN (${join(texts, ", ")})`;
}

function scopeCondition(node: FieldNode, { org, range }: FieldScope): Fragment {
  const named = [withinDays(range), textField(sql`name`, node)];
  return sql`scope_id GLOBAL IN (SELECT scope_id ${new Scoped(org).from("scopes", named)})`;
}

/** Condition that a row has the text; see `TextNode`. */
export function textCondition(text: string, signal: SearchSignal): Fragment {
  if (signal === "traces") return spanHasText(literal.string(asciiLower(text)));
  const { words, phrase } = searchWords(text);
  const found = allOf(textConditions({ words, phrases: phrase === undefined ? [] : [phrase] }));
  return sql`(${found})`;
}

function spanHasText(text: Fragment): Fragment {
  const has = (column: Fragment): Fragment => sql`position(lower(${column}), ${text}) > 0`;
  const exception = ["exception.message", "exception.type"].map((key) =>
    has(sql`item[${literal.string(key)}]`),
  );
  return anyOf([
    has(sql`name`),
    has(sql`service`),
    has(sql`status_message`),
    sql`arrayExists(item -> ${anyOf(exception)}, \`events.attrs\`)`,
  ]);
}

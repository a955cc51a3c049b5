import type { Attribute } from "#core/attributes.ts";
import { METRIC_TYPES } from "#core/attributes.ts";
import type { Batch } from "#core/batch.ts";
import {
  histogramPointRow,
  logRow,
  type LogRow,
  numberPointRow,
  type HistogramPointRow,
  type NumberPointRow,
  spanRow,
  type SpanRow,
} from "#core/row-views.ts";
import { printDuration } from "../print.ts";
import type { AttributeOwner, TypedExpression } from "../typed.ts";
import {
  areEqual,
  calculate,
  compares,
  elementOf,
  textOf,
  type Value,
  valueOfText,
} from "../value.ts";

// The meaning of expressions as plainly as it can be said: over rows as objects, each part evaluated
// anew for each row. The compiled form must agree with it.

type PointRow = NumberPointRow | HistogramPointRow;

/** @param row `~row` for a point of a histogram. */
export function naiveValue(expression: TypedExpression, batch: Batch, row: number): Value {
  switch (batch.signal) {
    case "traces":
      return new Naive(spanFields(spanRow(batch, row))).value(expression);
    case "logs":
      return new Naive(logFields(logRow(batch, row))).value(expression);
    default:
      return new Naive(
        pointFields(row >= 0 ? numberPointRow(batch, row) : histogramPointRow(batch, ~row)),
      ).value(expression);
  }
}

/** See {@link naiveValue}. */
export function naiveTest(expression: TypedExpression, batch: Batch, row: number): boolean {
  return naiveValue(expression, batch, row) === true;
}

interface Fields {
  readonly plain: Readonly<Record<string, Value>>;
  readonly attributes: Readonly<Record<AttributeOwner, readonly Attribute[]>>;
}

const small = (value: bigint): Value => (value <= 2n ** 53n - 1n ? Number(value) : value);
const id = (hex: string): string => (/^0*$/.test(hex) ? "" : hex);

function originFields({ resource, scope }: Pick<SpanRow, "resource" | "scope">): Fields["plain"] {
  return {
    "resource.schema_url": resource.schemaUrl,
    "scope.name": scope.name,
    "scope.version": scope.version,
    "scope.schema_url": scope.schemaUrl,
  };
}

function ownersOf(
  own: readonly Attribute[],
  { resource, scope }: Pick<SpanRow, "resource" | "scope">,
): Fields["attributes"] {
  return {
    attributes: own,
    "resource.attributes": resource.attributes,
    "scope.attributes": scope.attributes,
  };
}

function spanFields(row: SpanRow): Fields {
  const plain = {
    name: row.name,
    kind: row.kind,
    duration: Number(row.durationNs),
    "status.code": row.status,
    "status.message": row.statusMessage,
    trace_id: id(row.traceId),
    span_id: id(row.spanId),
    parent_span_id: row.parentSpanId,
    trace_state: row.traceState,
    flags: row.flags,
    start_time_unix_nano: small(row.time),
    end_time_unix_nano: small(row.time + row.durationNs),
    ...originFields(row),
  };
  return { plain, attributes: ownersOf(row.attributes, row) };
}

function logFields(row: LogRow): Fields {
  const plain = {
    body: valueOfText(row.body, row.bodyType),
    severity_number: row.severity,
    severity_text: row.severityText,
    event_name: row.eventName,
    trace_id: id(row.traceId),
    span_id: id(row.spanId),
    flags: row.flags,
    time_unix_nano: small(row.time),
    observed_time_unix_nano: small(row.observedTime),
    ...originFields(row),
  };
  return { plain, attributes: ownersOf(row.attributes, row) };
}

function pointFields(row: PointRow): Fields {
  const { metric } = row.series;
  const value = "value" in row ? row.value : null;
  const histogram = "count" in row ? row : undefined;
  const plain = {
    value: typeof value === "bigint" ? small(value) : value,
    count: histogram === undefined ? null : small(histogram.count),
    sum: histogram?.sum ?? null,
    min: histogram?.min ?? null,
    max: histogram?.max ?? null,
    flags: row.flags,
    time_unix_nano: small(row.time),
    start_time_unix_nano: small(row.startTime),
    "metric.name": metric.name,
    "metric.description": metric.description,
    "metric.unit": metric.unit,
    "metric.type": METRIC_TYPES[metric.type],
    "metric.aggregation_temporality": metric.temporality,
    "metric.is_monotonic": metric.monotonic,
    ...originFields(row.series),
  };
  return { plain, attributes: ownersOf(row.series.attributes, row.series) };
}

class Naive {
  private readonly fields: Fields;

  constructor(fields: Fields) {
    this.fields = fields;
  }

  value(expression: TypedExpression): Value {
    switch (expression.kind) {
      case "constant":
        return expression.value;
      case "field":
        return this.fields.plain[expression.name]!;
      case "attribute": {
        const { owner, key } = expression;
        const found = this.fields.attributes[owner].find((attribute) => attribute.key === key);
        return found === undefined ? null : valueOfText(found.value, found.type);
      }
      case "attributes":
        return Object.fromEntries(
          this.fields.attributes[expression.owner].map(({ key, value, type }) => [
            key,
            valueOfText(value, type),
          ]),
        );
      case "element":
        return elementOf(this.value(expression.of), expression.key);
      case "list":
        return expression.items.map((item) => this.value(item));
      case "call":
        return this.call(expression);
      case "duration-text":
        return printDuration(this.value(expression.operand) as number);
      case "negate":
        return calculate("-", 0, this.value(expression.operand));
      case "arithmetic":
        return calculate(
          expression.operator,
          this.value(expression.left),
          this.value(expression.right),
        );
      default:
        return this.test(expression);
    }
  }

  private test(
    expression: TypedExpression & { readonly kind: "not" | "logic" | "compare" | "in" },
  ): boolean {
    switch (expression.kind) {
      case "not":
        return this.value(expression.operand) !== true;
      case "logic": {
        const [left, right] = [this.value(expression.left), this.value(expression.right)];
        return expression.operator === "and"
          ? left === true && right === true
          : left === true || right === true;
      }
      case "compare":
        return compares(
          expression.operator,
          this.value(expression.left),
          this.value(expression.right),
        );
      default:
        return expression.items.some((item) =>
          areEqual(this.value(expression.left), this.value(item)),
        );
    }
  }

  private call({ definition, args, regex }: TypedExpression & { readonly kind: "call" }): Value {
    const texts = definition.parameters.filter((parameter) => parameter !== "pattern");
    const values = args.map((arg, i) => {
      const value = this.value(arg);
      return texts[i] === "text" || texts[i] === "needle" ? textOf(value) : value;
    });
    if (definition.takesNil !== true && values.includes(null))
      return definition.result === "bool" ? false : null;
    if (regex !== undefined) return definition.applyRegex!(regex, ...values);
    return definition.apply!(...values);
  }
}

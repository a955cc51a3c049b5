import type { LogRecord } from "#api/contract/logs.ts";
import type { AttributeValue } from "#api/contract/values.ts";
import { searchField } from "#core/search/search-fields.ts";
import { lineText, valueText } from "../../lib/log-text.ts";

/** A field of a record with its value as text, as a search finds it. */
export interface RecordField {
  readonly name: string;
  readonly isAttribute: boolean;
  readonly text: string;
  /** Text stands plain; other kinds of values are told apart. */
  readonly isText: boolean;
  /** Whether a search can ask for it. */
  readonly isSearchable: boolean;
}

export interface FieldGroup {
  readonly title: string;
  readonly fields: readonly RecordField[];
}

/** Everything that is known of a record but its body, in groups. */
export function recordFields(record: LogRecord): readonly FieldGroup[] {
  const { resource, scope, attributes } = record;
  return [
    { title: "Record", fields: ownFields(record) },
    { title: "Attributes", fields: attributeFields(attributes) },
    { title: "Resource", fields: attributeFields(resource) },
    {
      title: "Scope",
      fields: [
        ...(scope.name === "" ? [] : [known("scope", scope.name)]),
        ...(scope.version === "" ? [] : [told("version", scope.version)]),
        ...attributeFields(scope.attributes),
      ],
    },
  ].filter(({ fields }) => fields.length > 0);
}

function ownFields(record: LogRecord): RecordField[] {
  const { severity, severityNumber, severityText, eventName, traceId, spanId } = record;
  const number = severityNumber === 0 ? "" : ` (${severityNumber})`;
  return [
    known("service", record.service),
    known("severity", severity),
    ...(severityText === "" && number === ""
      ? []
      : [told("severity as sent", `${severityText}${number}`.trim())]),
    ...(eventName === "" ? [] : [told("event name", eventName)]),
    ...(traceId === null ? [] : [known("trace_id", traceId)]),
    ...(spanId === null ? [] : [known("span_id", spanId)]),
    told("time", record.time),
    ...(record.observedTime === null ? [] : [told("observed", record.observedTime)]),
  ];
}

function known(name: string, text: string): RecordField {
  return { name, isAttribute: false, text, isText: true, isSearchable: true };
}

function told(name: string, text: string): RecordField {
  return { name, isAttribute: false, text, isText: true, isSearchable: false };
}

function attributeFields(attributes: Readonly<Record<string, AttributeValue>>): RecordField[] {
  return Object.entries(attributes)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({
      name,
      isAttribute: true,
      text: valueText(value),
      isText: typeof value === "string",
      isSearchable: value === null || typeof value !== "object",
    }));
}

/** The value of a column: a field's, or that of an attribute of the record, its resource or its scope. */
export function columnText(record: LogRecord, column: string): string {
  switch (searchField(column)?.name) {
    case "service":
      return record.service;
    case "severity":
      return record.severity;
    case "trace_id":
      return record.traceId ?? "";
    case "span_id":
      return record.spanId ?? "";
    case "scope":
      return record.scope.name;
    case "body":
      return lineText(record);
    default:
      return attributeText(record, column);
  }
}

function attributeText({ attributes, resource, scope }: LogRecord, key: string): string {
  for (const values of [attributes, resource, scope.attributes])
    if (Object.hasOwn(values, key)) return valueText(values[key]!);
  return "";
}

/** Columns beside time, severity and text. */
export const COLUMNS_MAX = 8;
export const COLUMNS_DEFAULT: readonly string[] = ["service"];

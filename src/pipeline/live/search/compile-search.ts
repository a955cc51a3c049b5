import type { FieldNode, SearchNode, SearchSignal } from "#core/search/search-node.ts";
import { AttributeTest } from "./attribute-test.ts";
import {
  BodyPrefixTest,
  BodyPresentTest,
  durationTest,
  idTest,
  kindTest,
  operationTest,
  scopeTest,
  serviceTest,
  severityTest,
  statusTest,
} from "./field-tests.ts";
import { ALWAYS, AndTest, NEVER, NotTest, OrTest, type RowTest } from "./row-test.ts";
import { BodyTest, SpanTextTest } from "./text-test.ts";

/**
 * A search as a condition on the rows of batches as they arrive: it finds the rows that the same search
 * finds among stored ones. Most batches are decided on as a whole, by their resources and dictionaries.
 *
 * @example
 * const test = compileSearch(search, "logs");
 * const verdict = test.bind(batch, new BatchView());
 * const isFound = (row: number) => verdict === "all" || (verdict === "some" && test.matches(row));
 */
export function compileSearch(search: SearchNode | undefined, signal: SearchSignal): RowTest {
  if (search === undefined) return ALWAYS;
  switch (search.kind) {
    case "and":
      return new AndTest(search.parts.map((part) => compileSearch(part, signal)));
    case "or":
      return new OrTest(search.parts.map((part) => compileSearch(part, signal)));
    case "not":
      return new NotTest(compileSearch(search.part, signal));
    case "text":
      return textTest(search.text, signal);
    case "field":
      return search.isAttribute ? new AttributeTest(search) : fieldTest(search, signal);
  }
}

function textTest(text: string, signal: SearchSignal): RowTest {
  return signal === "logs" ? BodyTest.of(text) : SpanTextTest.of(text);
}

/** Of a field that rows of the signal do not have, no row has any value. */
function fieldTest(node: FieldNode, signal: SearchSignal): RowTest {
  switch (node.field) {
    case "service":
      return serviceTest(node);
    case "scope":
      return scopeTest(node);
    case "trace_id":
      return idTest(node, ({ traceId }) => traceId, 16);
    case "span_id":
      return idTest(node, ({ spanId }) => spanId, 8);
    default:
      return signal === "logs" ? logFieldTest(node) : spanFieldTest(node);
  }
}

// A test is only ever bound to batches of the signal that it was compiled for.

function logFieldTest(node: FieldNode): RowTest {
  switch (node.field) {
    case "severity":
      return severityTest(node);
    case "body":
      return bodyTest(node);
    default:
      return NEVER;
  }
}

function spanFieldTest(node: FieldNode): RowTest {
  switch (node.field) {
    case "operation":
      return operationTest(node);
    case "status":
      return statusTest(node);
    case "kind":
      return kindTest(node);
    case "duration":
      return durationTest(node);
    default:
      return NEVER;
  }
}

function bodyTest({ operator, values }: FieldNode): RowTest {
  switch (operator) {
    case "exists":
      return new BodyPresentTest();
    case "^=":
      return new BodyPrefixTest(values);
    default:
      return new OrTest(values.map((value) => textTest(value, "logs")));
  }
}

import type { Attribute } from "#core/attributes.ts";
import type { AttributesColumn } from "#core/columns.ts";
import type { IntColumn } from "#core/columns.ts";
import { AttributeKey, listedAttribute, textEquals } from "#core/row-access.ts";
import type { FieldNode } from "#core/search/search-node.ts";
import { equalTexts, searchNumber } from "#core/search/search-values.ts";
import { comparison } from "./comparison.ts";
import {
  COSTS,
  markGroups,
  RowMarks,
  type RowTest,
  type SearchedBatch,
  type Verdict,
} from "./row-test.ts";

/** Whether the value of an attribute is one that is looked for. */
interface ValueTest {
  text(value: string): boolean;
  /** The same of entry `i` of a column, without making a text of it where that can be spared. */
  entry(column: AttributesColumn, i: number): boolean;
}

/** The attribute of a row, of its resource or scope, or of an event or link of it. */
export class AttributeTest implements RowTest {
  readonly cost = COSTS.attributes;
  private readonly key: AttributeKey;
  private readonly value: ValueTest;
  private readonly marks = new RowMarks();
  private own!: AttributesColumn;
  private keyNumber = -1;

  constructor(node: FieldNode) {
    this.key = new AttributeKey(node.field);
    this.value = valueTest(node);
  }

  bind(batch: SearchedBatch): Verdict {
    const { groups, rows } = batch;
    this.marks.clear(rows);
    const shared = markGroups(
      groups,
      this.marks,
      (group) =>
        this.isListed(groups.resources[group]!.attributes) ||
        this.isListed(groups.scopes[group]!.attributes),
    );
    if (shared === "all") return "all";
    this.own = batch.attributes;
    this.keyNumber = this.key.numberIn(batch.attributes);
    const nested = batch.signal === "traces" && this.markNested(batch);
    return shared === "none" && this.keyNumber < 0 && !nested ? "none" : "some";
  }

  matches(row: number): boolean {
    return this.marks.has(row) || this.isIn(this.own, row, this.keyNumber);
  }

  private isListed(attributes: readonly Attribute[]): boolean {
    const found = listedAttribute(attributes, this.key.text);
    return found !== undefined && this.value.text(found.value);
  }

  private isIn(column: AttributesColumn, row: number, keyNumber: number): boolean {
    if (keyNumber < 0) return false;
    const keys = column.keys.numbers.values;
    const to = column.ends.values[row]!;
    for (let i = column.start(row); i < to; i++)
      if (keys[i] === keyNumber) return this.value.entry(column, i);
    return false;
  }

  /** Marks the spans of which an event or a link has it. */
  private markNested(batch: Extract<SearchedBatch, { signal: "traces" }>): boolean {
    const { events, eventEnds, links, linkEnds, rows } = batch;
    const inEvents = this.markOwners(events.attributes, eventEnds, rows);
    const inLinks = this.markOwners(links.attributes, linkEnds, rows);
    return inEvents || inLinks;
  }

  private markOwners(column: AttributesColumn, ends: IntColumn, rows: number): boolean {
    const keyNumber = this.key.numberIn(column);
    if (keyNumber < 0) return false;
    let found = false;
    let item = 0;
    for (let row = 0; row < rows; row++)
      for (const end = ends.values[row]!; item < end; item++)
        if (this.isIn(column, item, keyNumber)) {
          this.marks.mark(row);
          found = true;
        }
    return found;
  }
}

function valueTest({ operator, values }: FieldNode): ValueTest {
  switch (operator) {
    case "exists":
      return { text: () => true, entry: () => true };
    case "=": {
      const wanted = [...new Set(values.flatMap(equalTexts))];
      const bytes = wanted.map((text) => Buffer.from(text));
      return {
        text: (value) => wanted.includes(value),
        entry: ({ values: column }, i) => bytes.some((one) => textEquals(column, i, one)),
      };
    }
    case "^=":
      return ofText((value) => values.some((prefix) => value.startsWith(prefix)));
    default: {
      const compare = comparison(operator, searchNumber(values[0]!) ?? Number.NaN);
      // A text that is no number is not less or more than one.
      return ofText((value) => compare(searchNumber(value) ?? Number.NaN));
    }
  }
}

function ofText(test: (value: string) => boolean): ValueTest {
  return { text: test, entry: ({ values }, i) => test(values.text(i)) };
}

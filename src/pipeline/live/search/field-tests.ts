import type { ByteWriter } from "#core/bytes.ts";
import type { DictionaryColumn } from "#core/columns.ts";
import type { LogBatch } from "#core/log-batch.ts";
import type { FieldNode } from "#core/search/search-node.ts";
import {
  effectiveSeverity,
  searchDurationNs,
  severityAllowed,
  type SeveritySpan,
} from "#core/search/search-values.ts";
import { asciiLower } from "#core/search/search-words.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { SPAN_KINDS, SPAN_STATUSES } from "#core/vocabulary.ts";
import { comparison } from "./comparison.ts";
import {
  ALWAYS,
  COSTS,
  GroupTest,
  RowMarks,
  type RowTest,
  type SearchedBatch,
  type Verdict,
} from "./row-test.ts";

type TextTest = (text: string) => boolean;

/** What the operators mean for texts that are compared as they are. */
export function textTest({ operator, values }: FieldNode): TextTest {
  switch (operator) {
    case "exists":
      return (text) => text !== "";
    case "^=":
      return (text) => values.some((prefix) => text.startsWith(prefix));
    default:
      return (text) => values.includes(text);
  }
}

export function serviceTest(node: FieldNode): RowTest {
  const test = textTest(node);
  return new GroupTest(({ resources }, group) => test(resources[group]!.service));
}

export function scopeTest(node: FieldNode): RowTest {
  const test = textTest(node);
  return new GroupTest(({ scopes }, group) => test(scopes[group]!.name));
}

/** A condition on a column of few distinct texts: each is judged once a batch. */
class DictionaryTest implements RowTest<SpanBatch> {
  readonly cost = COSTS.column;
  private readonly column: (batch: SpanBatch) => DictionaryColumn;
  private readonly test: TextTest;
  private chosen: boolean[] = [];
  private numbers!: Int32Array;

  constructor(column: (batch: SpanBatch) => DictionaryColumn, test: TextTest) {
    this.column = column;
    this.test = test;
  }

  bind(batch: SpanBatch): Verdict {
    const { dictionary, numbers } = this.column(batch);
    this.chosen = Array.from({ length: dictionary.size }, (_, i) => this.test(dictionary.text(i)));
    this.numbers = numbers.values;
    return verdictOf(this.chosen);
  }

  matches(row: number): boolean {
    return this.chosen[this.numbers[row]!] === true;
  }
}

/** Entries that no row has any more may make it "some": that is never wrong. */
function verdictOf(chosen: readonly boolean[]): Verdict {
  if (!chosen.includes(true)) return "none";
  return chosen.includes(false) ? "some" : "all";
}

export function operationTest(node: FieldNode): RowTest<SpanBatch> {
  return new DictionaryTest(({ name }) => name, textTest(node));
}

/** A condition on a column of one byte a row. */
class ByteTest<B extends SearchedBatch> implements RowTest<B> {
  readonly cost = COSTS.column;
  private readonly column: (batch: B) => ByteWriter;
  private readonly chosen: ReadonlySet<number>;
  private bytes!: Uint8Array;

  constructor(column: (batch: B) => ByteWriter, chosen: ReadonlySet<number>) {
    this.column = column;
    this.chosen = chosen;
  }

  bind(batch: B): Verdict {
    this.bytes = this.column(batch).bytes;
    return "some";
  }

  matches(row: number): boolean {
    return this.chosen.has(this.bytes[row]!);
  }
}

export function statusTest({ operator, values }: FieldNode): RowTest<SpanBatch> {
  if (operator === "exists") return ALWAYS;
  return new ByteTest(({ status }) => status, numbersOf(SPAN_STATUSES, values));
}

export function kindTest({ operator, values }: FieldNode): RowTest<SpanBatch> {
  if (operator === "exists") return ALWAYS;
  return new ByteTest(({ kind }) => kind, numbersOf(SPAN_KINDS, values));
}

function numbersOf(names: readonly string[], values: readonly string[]): ReadonlySet<number> {
  return new Set(values.map((value) => names.indexOf(asciiLower(value))));
}

const UINT32 = 4_294_967_296;

class DurationTest implements RowTest<SpanBatch> {
  readonly cost = COSTS.column;
  private readonly test: (ns: number) => boolean;
  private bytes!: Buffer;

  constructor(test: (ns: number) => boolean) {
    this.test = test;
  }

  bind({ duration }: SpanBatch): Verdict {
    this.bytes = duration.bytes;
    return "some";
  }

  matches(row: number): boolean {
    const { bytes } = this;
    // Exact up to 104 days.
    return this.test(bytes.readUInt32LE(row * 8 + 4) * UINT32 + bytes.readUInt32LE(row * 8));
  }
}

export function durationTest({ operator, values }: FieldNode): RowTest<SpanBatch> {
  if (operator === "exists") return ALWAYS;
  const compared = operator === "^=" ? "=" : operator;
  const tests = values.map((value) =>
    comparison(compared, Number(searchDurationNs(value) ?? Number.NaN)),
  );
  return new DurationTest((ns) => tests.some((test) => test(ns)));
}

/** The severity number, or where there is none, the level that the severity text begins with. */
class SeverityTest implements RowTest<LogBatch> {
  readonly cost = COSTS.column;
  private readonly allowed: readonly SeveritySpan[];
  private numbers!: Uint8Array;
  private texts!: Int32Array;
  /** By the numbers of the texts. */
  private levels: number[] = [];

  constructor(allowed: readonly SeveritySpan[]) {
    this.allowed = allowed;
  }

  bind({ severity, severityText: { dictionary, numbers } }: LogBatch): Verdict {
    this.numbers = severity.bytes;
    this.texts = numbers.values;
    this.levels = Array.from({ length: dictionary.size }, (_, i) =>
      effectiveSeverity(0, dictionary.text(i)),
    );
    return "some";
  }

  matches(row: number): boolean {
    const own = this.numbers[row]!;
    const number = own >= 1 && own <= 24 ? own : this.levels[this.texts[row]!]!;
    for (const { min, max } of this.allowed) if (number >= min && number <= max) return true;
    return false;
  }
}

const ANY_SEVERITY: SeveritySpan = { min: 1, max: 24 };

export function severityTest({ operator, values }: FieldNode): RowTest<LogBatch> {
  if (operator === "exists") return new SeverityTest([ANY_SEVERITY]);
  return new SeverityTest(values.flatMap((value) => severityAllowed(operator, value) ?? []));
}

/** A condition on an id of so many bytes. All zero is none. */
class IdTest implements RowTest {
  readonly cost = COSTS.column;
  private readonly column: (batch: SearchedBatch) => ByteWriter;
  private readonly wanted: readonly Buffer[];
  private readonly width: number;
  private bytes!: Buffer;

  constructor(
    column: (batch: SearchedBatch) => ByteWriter,
    wanted: readonly Buffer[],
    width: number,
  ) {
    this.column = column;
    this.wanted = wanted;
    this.width = width;
  }

  bind(batch: SearchedBatch): Verdict {
    this.bytes = this.column(batch).bytes;
    return "some";
  }

  matches(row: number): boolean {
    const from = row * this.width;
    for (const id of this.wanted)
      if (this.bytes.compare(id, 0, this.width, from, from + this.width) === 0) return true;
    return false;
  }
}

/** As {@link IdTest}, for any id. */
class AnyIdTest implements RowTest {
  readonly cost = COSTS.column;
  private readonly column: (batch: SearchedBatch) => ByteWriter;
  private readonly width: number;
  private readonly marks = new RowMarks();

  constructor(column: (batch: SearchedBatch) => ByteWriter, width: number) {
    this.column = column;
    this.width = width;
  }

  bind(batch: SearchedBatch): Verdict {
    const { bytes } = this.column(batch);
    const { width } = this;
    this.marks.clear(batch.rows);
    let some = 0;
    for (let row = 0; row < batch.rows; row++) {
      let at = row * width;
      const end = at + width;
      while (at < end && bytes[at] === 0) at++;
      if (at === end) continue;
      this.marks.mark(row);
      some++;
    }
    if (some === 0) return "none";
    return some === batch.rows ? "all" : "some";
  }

  matches(row: number): boolean {
    return this.marks.has(row);
  }
}

export function idTest(
  { operator, values }: FieldNode,
  column: (batch: SearchedBatch) => ByteWriter,
  width: 8 | 16,
): RowTest {
  if (operator === "exists") return new AnyIdTest(column, width);
  return new IdTest(
    column,
    values.map((value) => Buffer.from(value, "hex")).filter((id) => id.length === width),
    width,
  );
}

/** What bodies begin with, as they are written. */
export class BodyPrefixTest implements RowTest<LogBatch> {
  readonly cost = COSTS.column;
  private readonly prefixes: readonly Buffer[];
  private batch!: LogBatch;

  constructor(values: readonly string[]) {
    this.prefixes = values.map((value) => Buffer.from(value));
  }

  bind(batch: LogBatch): Verdict {
    this.batch = batch;
    return "some";
  }

  matches(row: number): boolean {
    const { body } = this.batch;
    const start = body.textStart(row);
    const end = body.ends.values[row]!;
    return this.prefixes.some(
      (prefix) =>
        end - start >= prefix.length &&
        body.data.bytes.compare(prefix, 0, prefix.length, start, start + prefix.length) === 0,
    );
  }
}

/** Whether there is a body. */
export class BodyPresentTest implements RowTest<LogBatch> {
  readonly cost = COSTS.column;
  private batch!: LogBatch;

  bind(batch: LogBatch): Verdict {
    this.batch = batch;
    return "some";
  }

  matches(row: number): boolean {
    const { body } = this.batch;
    return body.ends.values[row]! > body.textStart(row);
  }
}

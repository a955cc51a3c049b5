import { attributeValue, type Resource } from "#core/attributes.ts";
import type { AttributeInput } from "#core/build/attribute-input.ts";
import {
  AttributeKey,
  attributeIndex,
  idAt,
  listedAttribute,
  millisecondsAt,
} from "#core/row-access.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { cutString } from "#core/utf8.ts";
import { SPAN_KINDS, SPAN_STATUSES } from "#core/vocabulary.ts";
import type { CommonDimension, SpanMetricsSettings } from "./settings.ts";

/** Bytes of a dimension's value that are kept: it is held in memory as long as its series. */
const VALUE_BYTES_MAX = 1_024;

type Pairs = readonly (readonly [string, AttributeInput])[];

/** A span that stands for others like it. */
export interface Example {
  readonly value: number;
  readonly traceId: string;
  readonly spanId: string;
}

/** What one batch brings to one series. */
export interface SeriesTally {
  /** Differs where, and only where, the series does. */
  readonly key: string;
  /** Attributes of the resource of the series, and its own. */
  readonly resource: Pairs;
  readonly labels: Pairs;
  /** A duration, in the unit of the settings, and a weight, a whole number, for each span. */
  readonly values: number[];
  readonly weights: number[];
  /** The last of each doubling of the duration. */
  readonly examples: ReadonlyMap<number, Example>;
}

/** A tally that is being made. */
interface Draft extends SeriesTally {
  readonly examples: Map<number, Example>;
  /** The rows of the examples, by the power of two up to which the duration goes. */
  readonly exampleRows: Map<number, number>;
}

/** What the spans of one resource have in common. */
interface Origin {
  readonly key: string;
  readonly attributes: Pairs;
}

interface OwnDimension {
  readonly key: AttributeKey;
  readonly default: string | undefined;
}

/** Reads out of spans what their series are, and how long they took. */
export class SpanTallier {
  private readonly given: SpanMetricsSettings;
  private readonly random: () => number;
  private readonly dimensions: readonly OwnDimension[];
  private readonly excluded: ReadonlySet<CommonDimension>;
  private readonly origins = new WeakMap<Resource, Origin>();

  constructor(given: SpanMetricsSettings, random: () => number) {
    this.given = given;
    this.random = random;
    this.dimensions = given.dimensions.map((one) => ({
      key: new AttributeKey(one.name),
      default: one.default,
    }));
    this.excluded = new Set(given.excludeDimensions);
  }

  /** What the rows that are left of a batch bring. */
  tally(batch: SpanBatch): SeriesTally[] {
    const { groups, selection } = batch;
    const drafts = new Map<string, Draft>();
    let row = 0;
    for (const [run, resource] of groups.resources.entries()) {
      const end = groups.ends.values[run]!;
      const find = this.finder(batch, resource, drafts);
      for (; row < end; row++) if (selection.has(row)) this.add(find(row), batch, row);
    }
    for (const draft of drafts.values()) this.addExamples(draft, batch);
    return [...drafts.values()];
  }

  /** Finds the series of the spans of a resource; those with the same name, kind and status are looked up once. */
  private finder(
    batch: SpanBatch,
    resource: Resource,
    drafts: Map<string, Draft>,
  ): (row: number) => Draft {
    const known = new Map<string | number, Draft>();
    const names = batch.name.numbers.values;
    const { kind, status } = batch;
    const hasOwn = this.dimensions.length > 0;
    return (row) => {
      const common = names[row]! * 0x1_0000 + kind.bytes[row]! * 0x100 + status.bytes[row]!;
      const local = hasOwn ? common + this.ownKey(batch, row) : common;
      let found = known.get(local);
      if (found === undefined) {
        const made = this.newDraft(batch, resource, row);
        found = drafts.get(made.key) ?? made;
        drafts.set(found.key, found);
        known.set(local, found);
      }
      return found;
    };
  }

  /** Differs, among spans of one resource, where the values of own dimensions do. */
  private ownKey(batch: SpanBatch, row: number): string {
    const { values, types } = batch.attributes;
    let key = "";
    for (const dimension of this.dimensions) {
      const index = attributeIndex(batch, row, dimension.key);
      if (index < 0) {
        key += " ";
        continue;
      }
      const text = values.text(index);
      key += ` ${types.bytes[index]}:${text.length}:${text}`;
    }
    return key;
  }

  private newDraft(batch: SpanBatch, resource: Resource, row: number): Draft {
    const own = this.ownDimensions(batch, resource, row);
    const origin = this.originOf(resource);
    const common: readonly (readonly [CommonDimension, string])[] = [
      ["service.name", resource.service],
      ["span.name", batch.name.text(row)],
      ["span.kind", `SPAN_KIND_${wordOf(SPAN_KINDS, batch.kind.bytes[row]!)}`],
      ["status.code", `STATUS_CODE_${wordOf(SPAN_STATUSES, batch.status.bytes[row]!)}`],
    ];
    const labels = [...common.filter(([name]) => !this.excluded.has(name)), ...own];
    return {
      key: `${origin.key} ${keyOf(labels)}`,
      resource: origin.attributes,
      labels,
      values: [],
      weights: [],
      examples: new Map(),
      exampleRows: new Map(),
    };
  }

  private originOf(resource: Resource): Origin {
    const known = this.origins.get(resource);
    if (known !== undefined) return known;
    const attributes: (readonly [string, AttributeInput])[] = [];
    for (const key of this.given.resourceAttributes) {
      const found = listedAttribute(resource.attributes, key);
      if (found !== undefined) attributes.push([key, valueOf(found.value, found.type)]);
    }
    const made = { key: keyOf(attributes), attributes };
    this.origins.set(resource, made);
    return made;
  }

  private ownDimensions(batch: SpanBatch, resource: Resource, row: number): Pairs {
    const own: (readonly [string, AttributeInput])[] = [];
    for (const { key, default: otherwise } of this.dimensions) {
      const value = attributeOf(batch, resource, row, key) ?? otherwise;
      if (value !== undefined) own.push([key.text, value]);
    }
    return own;
  }

  private add(draft: Draft, batch: SpanBatch, row: number): void {
    const value = this.durationOf(batch, row);
    draft.values.push(value);
    draft.weights.push(this.wholeWeight(batch.weight.bytes.readFloatLE(row * 4)));
    if (this.given.exemplarsMax > 0) draft.exampleRows.set(Math.ceil(Math.log2(value)), row);
  }

  /** In the unit of the settings. */
  private durationOf({ duration }: SpanBatch, row: number): number {
    const durationMs = millisecondsAt(duration, row);
    return this.given.unit === "s" ? durationMs / 1_000 : durationMs;
  }

  private addExamples({ examples, exampleRows }: Draft, batch: SpanBatch): void {
    for (const [magnitude, row] of exampleRows)
      examples.set(magnitude, {
        value: this.durationOf(batch, row),
        traceId: idAt(batch.traceId, row, 16),
        spanId: idAt(batch.spanId, row, 8),
      });
  }

  /**
   * Counts are whole numbers: of what stands for 2.5 spans every other counts as 2, every other as 3, by chance, so
   * that the sum is right.
   */
  private wholeWeight(weight: number): number {
    const whole = Math.floor(weight);
    return weight > whole && this.random() < weight - whole ? whole + 1 : whole;
  }
}

/** Differs where the lists do. */
function keyOf(pairs: Pairs): string {
  return JSON.stringify(pairs);
}

function wordOf(words: readonly string[], number: number): string {
  return (words[number] ?? words[0]!).toUpperCase();
}

function attributeOf(
  batch: SpanBatch,
  resource: Resource,
  row: number,
  key: AttributeKey,
): AttributeInput | undefined {
  const index = attributeIndex(batch, row, key);
  if (index >= 0) {
    const { values, types } = batch.attributes;
    return valueOf(values.text(index), types.bytes[index]!);
  }
  const listed = listedAttribute(resource.attributes, key.text);
  return listed === undefined ? undefined : valueOf(listed.value, listed.type);
}

function valueOf(text: string, type: number): AttributeInput {
  return attributeValue(cutString(text, VALUE_BYTES_MAX), type);
}

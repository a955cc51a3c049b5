import { ATTRIBUTE_TYPES, type Attribute, type Resource } from "#core/attributes.ts";
import { AttributeKey, attributeIndex, listedAttribute } from "#core/row-access.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { SPAN_STATUSES } from "#core/vocabulary.ts";
import { compileCondition } from "#pipeline/expression/condition.ts";
import { LinearRegex } from "#pipeline/expression/linear-regex.ts";
import type { TestSettings } from "./settings.ts";

/** Whether a span matches: for a trace it is enough that one does. */
export interface SpanTest {
  /** To be called first, and again with each batch. */
  bind(batch: SpanBatch): void;
  matches(row: number): boolean;
}

type AttributeSettings = Extract<TestSettings, { readonly key: string }>;

/** The test of single spans that a policy rests on; undefined where it rests on the trace alone. */
export function spanTestOf(policy: TestSettings): SpanTest | undefined {
  switch (policy.type) {
    case "status_code":
      return new StatusTest(policy.statusCodes);
    case "latency":
      return policy.services === undefined ? undefined : new RootServiceTest(policy.services);
    case "span_count":
      return undefined;
    case "condition": {
      const compiled = compileCondition(policy.condition, "traces");
      return { bind: compiled.bind, matches: compiled.evaluate };
    }
    default:
      return new AttributeTest(policy.key, valueTestOf(policy));
  }
}

type ValueTest = (text: string, type: number | undefined) => boolean;

function valueTestOf(policy: AttributeSettings): ValueTest {
  switch (policy.type) {
    case "string_attribute": {
      const values = new Set(policy.values);
      return (value) => values.has(value);
    }
    case "pattern_attribute": {
      const patterns = policy.patterns.map((source) => new LinearRegex(source));
      return (value) => patterns.some((pattern) => pattern.test(value));
    }
    case "numeric_attribute": {
      const { minValue = -Infinity, maxValue = Infinity } = policy;
      return (value, type) => {
        if (type !== ATTRIBUTE_TYPES.int && type !== ATTRIBUTE_TYPES.double) return false;
        const number = Number(value);
        return number >= minValue && number <= maxValue;
      };
    }
    default: {
      const wanted = String(policy.value);
      return (value, type) => type === ATTRIBUTE_TYPES.bool && value === wanted;
    }
  }
}

/** The resource that a row came from, for rows that are asked for one after the other. */
class ResourceRun {
  private batch: SpanBatch | undefined;
  private from = 0;
  private to = 0;
  private resource: Resource | undefined;

  bind(batch: SpanBatch): void {
    this.batch = batch;
    this.to = 0;
    this.from = 0;
  }

  of(row: number): Resource {
    if (row < this.from || row >= this.to) {
      const { groups } = this.batch!;
      const group = groups.groupOf(row);
      this.from = group === 0 ? 0 : groups.ends.values[group - 1]!;
      this.to = groups.ends.values[group]!;
      this.resource = groups.resources[group]!;
    }
    return this.resource!;
  }
}

class StatusTest implements SpanTest {
  private readonly wanted: ReadonlySet<number>;
  private batch: SpanBatch | undefined;

  constructor(codes: readonly ("ERROR" | "OK" | "UNSET")[]) {
    const numbers = codes.map((code) =>
      SPAN_STATUSES.findIndex((status) => status === code.toLowerCase()),
    );
    this.wanted = new Set(numbers);
  }

  bind(batch: SpanBatch): void {
    this.batch = batch;
  }

  matches(row: number): boolean {
    return this.wanted.has(this.batch!.status.bytes[row]!);
  }
}

/** Whether a span is a root of one of these services. */
class RootServiceTest implements SpanTest {
  private readonly services: ReadonlySet<string>;
  private readonly run = new ResourceRun();
  private batch: SpanBatch | undefined;

  constructor(services: readonly string[]) {
    this.services = new Set(services);
  }

  bind(batch: SpanBatch): void {
    this.batch = batch;
    this.run.bind(batch);
  }

  matches(row: number): boolean {
    const { bytes } = this.batch!.parentSpanId;
    for (let i = row * 8; i < row * 8 + 8; i++) if (bytes[i] !== 0) return false;
    return this.services.has(this.run.of(row).service);
  }
}

class AttributeTest implements SpanTest {
  private readonly key: AttributeKey;
  private readonly test: ValueTest;
  private readonly run = new ResourceRun();
  /** Most resources come again and again. */
  private readonly ofResources = new WeakMap<Resource, boolean>();
  private batch: SpanBatch | undefined;

  constructor(key: string, test: ValueTest) {
    this.key = new AttributeKey(key);
    this.test = test;
  }

  bind(batch: SpanBatch): void {
    this.batch = batch;
    this.run.bind(batch);
  }

  matches(row: number): boolean {
    return this.matchesResource(this.run.of(row)) || this.matchesSpan(row);
  }

  private matchesSpan(row: number): boolean {
    const batch = this.batch!;
    const at = attributeIndex(batch, row, this.key);
    if (at < 0) return false;
    const { values, types } = batch.attributes;
    return this.test(values.text(at), types.bytes[at]);
  }

  private matchesResource(resource: Resource): boolean {
    let known = this.ofResources.get(resource);
    if (known === undefined) {
      const found: Attribute | undefined = listedAttribute(resource.attributes, this.key.text);
      known = found !== undefined && this.test(found.value, found.type);
      this.ofResources.set(resource, known);
    }
    return known;
  }
}

import type { DictionaryColumn } from "#core/columns.ts";
import { AGGREGATE_LIMITS } from "#core/limits.ts";
import type { EdgeRow } from "#core/native/blocks.ts";
import type { SpanBatch } from "#core/span-batch.ts";

const SERVER = 2;
const CLIENT = 3;
const PRODUCER = 4;
const CONSUMER = 5;
const ERROR = 2;

/** Attributes of a client or producer span that name a dependency which sends no telemetry itself. */
const EXTERNAL_KEYS = ["db.system.name", "db.system", "messaging.system"];

/**
 * What is remembered of spans by their id, in two generations of a hash table without objects: when
 * one is full, the older is forgotten.
 */
class SpanTable {
  private readonly size: number;
  private current: Int32Array<ArrayBuffer>;
  private older: Int32Array<ArrayBuffer>;
  private used = 0;

  /** `size` slots, a power of two; half of them are used. */
  constructor(size: number) {
    this.size = size;
    this.current = new Int32Array(size * 3);
    this.older = new Int32Array(size * 3);
  }

  /** Remembers `value` (not zero) for a span id given as two halves. */
  set(low: number, high: number, value: number): void {
    if (this.used * 2 > this.size) {
      [this.current, this.older] = [this.older, this.current];
      this.current.fill(0);
      this.used = 0;
    }
    const at = this.slot(this.current, low, high);
    if (this.current[at + 2] === 0) this.used++;
    this.current[at] = low;
    this.current[at + 1] = high;
    this.current[at + 2] = value;
  }

  get(low: number, high: number): number {
    return (
      this.current[this.slot(this.current, low, high) + 2]! ||
      this.older[this.slot(this.older, low, high) + 2]!
    );
  }

  private slot(table: Int32Array, low: number, high: number): number {
    let slot = (Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1) >>> 8) & (this.size - 1);
    for (;;) {
      const at = slot * 3;
      if (table[at + 2] === 0 || (table[at] === low && table[at + 1] === high)) return at;
      slot = slot + 1 === this.size ? 0 : slot + 1;
    }
  }
}

/** A call whose other half may not have been seen yet: what the called side tells of it. */
interface Call {
  /** The service that was called. */
  readonly service: number;
  readonly minute: number;
  readonly bucket: number;
  readonly weight: number;
  readonly error: boolean;
}

/**
 * Calls by the id of the span that made them, until that span arrives: the newest
 * `callsWaitingMax`, in a ring, so that calls of services which send no telemetry cost nothing but
 * their place. A parent is answered for its newest call only.
 */
class WaitingCalls {
  private readonly size = AGGREGATE_LIMITS.callsWaitingMax;
  private readonly places = new SpanTable(this.size * 4);
  private readonly parents = new Int32Array(this.size * 2);
  private readonly calls: (Call | undefined)[] = [];
  private next = 0;

  add(low: number, high: number, call: Call): void {
    const place = this.next;
    this.next = (this.next + 1) % this.size;
    this.parents[place * 2] = low;
    this.parents[place * 2 + 1] = high;
    this.calls[place] = call;
    this.places.set(low, high, place + 1);
  }

  take(low: number, high: number): Call | undefined {
    const place = this.places.get(low, high) - 1;
    if (place < 0 || this.parents[place * 2] !== low || this.parents[place * 2 + 1] !== high)
      return undefined;
    const call = this.calls[place];
    this.calls[place] = undefined;
    return call;
  }
}

interface EdgeCount {
  readonly row: Omit<EdgeRow, "requests" | "errors">;
  requests: number;
  errors: number;
}

/**
 * Finds calls between services as spans arrive, by matching a server or consumer span to its parent
 * span of another service; either may come first. Databases and brokers that send no telemetry
 * are named by the client's attributes. What has not met its other half by the time that the table
 * has forgotten it makes no edge.
 */
export class ServiceEdges {
  private readonly services: string[] = [""];
  private readonly serviceNumbers = new Map<string, number>();
  private readonly spans = new SpanTable(AGGREGATE_LIMITS.spansRememberedMax);
  private readonly waiting = new WaitingCalls();
  private edges = new Map<string, EdgeCount>();

  get pending(): boolean {
    return this.edges.size > 0;
  }

  /** Looks at rows `from` to `to` of a batch. */
  observe(batch: SpanBatch, from: number, to: number): void {
    let row = from;
    const externals = externalKeyNumbers(batch.attributes.keys);
    batch.groups.forEach(from, to, (resource, _scope, count) => {
      const service = this.serviceNumber(resource.service);
      for (const end = row + count; row < end; row++) this.span(batch, row, service, externals);
    });
  }

  /** The calls found since the last take. */
  take(): EdgeRow[] {
    const rows = [...this.edges.values()].map(({ row, requests, errors }) => ({
      ...row,
      requests,
      errors,
    }));
    this.edges = new Map();
    return rows;
  }

  private span(batch: SpanBatch, row: number, service: number, externals: readonly number[]): void {
    const ids = batch.spanId.bytes;
    const low = ids.readInt32LE(row * 8);
    const high = ids.readInt32LE(row * 8 + 4);
    const kind = batch.kind.bytes[row]!;
    this.spans.set(low, high, service);
    if (kind === CLIENT || kind === PRODUCER) this.answerWaiting(low, high, service);
    if (kind === SERVER || kind === CONSUMER) this.entry(batch, row, service);
    else if (externals.length > 0 && (kind === CLIENT || kind === PRODUCER))
      this.external(batch, row, service, externals);
  }

  private answerWaiting(low: number, high: number, source: number): void {
    const call = this.waiting.take(low, high);
    if (call !== undefined) this.count(source, call);
  }

  private entry(batch: SpanBatch, row: number, service: number): void {
    const low = batch.parentSpanId.bytes.readInt32LE(row * 8);
    const high = batch.parentSpanId.bytes.readInt32LE(row * 8 + 4);
    if (low === 0 && high === 0) return;
    const call = callOf(batch, row, service);
    const source = this.spans.get(low, high);
    if (source !== 0) {
      this.count(source, call);
      return;
    }
    this.waiting.add(low, high, call);
  }

  private external(
    batch: SpanBatch,
    row: number,
    service: number,
    externals: readonly number[],
  ): void {
    const { attributes } = batch;
    for (let i = attributes.start(row); i < attributes.ends.values[row]!; i++) {
      if (!externals.includes(attributes.keys.numbers.values[i]!)) continue;
      const target = this.serviceNumber(attributes.values.text(i));
      if (target !== 0) this.count(service, callOf(batch, row, target));
      return;
    }
  }

  private count(source: number, call: Call): void {
    if (source === call.service) return;
    const key = `${source}>${call.service}@${call.minute}/${call.bucket}`;
    let edge = this.edges.get(key);
    if (edge === undefined) {
      if (this.edges.size >= AGGREGATE_LIMITS.edgesMax) return;
      const { minute, bucket } = call;
      const [from, to] = [this.services[source]!, this.services[call.service]!];
      edge = { row: { minute, source: from, target: to, bucket }, requests: 0, errors: 0 };
      this.edges.set(key, edge);
    }
    edge.requests += call.weight;
    if (call.error) edge.errors += call.weight;
  }

  /** 0 stands for "none", and for services beyond the bound. */
  private serviceNumber(name: string): number {
    if (name === "") return 0;
    const known = this.serviceNumbers.get(name);
    if (known !== undefined) return known;
    if (this.services.length >= AGGREGATE_LIMITS.servicesMax) return 0;
    const number = this.services.push(name) - 1;
    this.serviceNumbers.set(name, number);
    return number;
  }
}

function callOf(batch: SpanBatch, row: number, service: number): Call {
  const at = row * 8;
  const seconds =
    (batch.time.bytes.readUInt32LE(at + 4) * 4_294_967_296 + batch.time.bytes.readUInt32LE(at)) /
    1e9;
  const duration =
    batch.duration.bytes.readUInt32LE(at + 4) * 4_294_967_296 +
    batch.duration.bytes.readUInt32LE(at);
  return {
    service,
    minute: Math.floor(seconds / 60) * 60,
    bucket: durationBucket(duration),
    weight: batch.weight.bytes.readFloatLE(row * 4),
    error: batch.status.bytes[row] === ERROR,
  };
}

/** The logarithmic bucket of a duration: 8 for each doubling, so that its middle is within 4.5 %. */
export function durationBucket(durationNs: number): number {
  return durationNs <= 1 ? 0 : Math.round(Math.log2(durationNs) * 8);
}

function externalKeyNumbers(keys: DictionaryColumn): number[] {
  const numbers: number[] = [];
  for (const key of EXTERNAL_KEYS) {
    const bytes = Buffer.from(key);
    const number = keys.dictionary.find(bytes, 0, bytes.length);
    if (number >= 0) numbers.push(number);
  }
  return numbers;
}

import type { DictionaryColumn } from "#core/columns.ts";
import { AGGREGATE_LIMITS, ROW_LIMITS } from "#core/limits.ts";
import type { EdgeRow } from "#core/native/reference-blocks.ts";
import type { SpanBatch } from "#core/span-batch.ts";

const SERVER = 2;
const CLIENT = 3;
const PRODUCER = 4;
const CONSUMER = 5;
const ERROR = 2;

/** Attributes of a client or producer span that name a dependency which sends no telemetry itself. */
const EXTERNAL_KEYS = ["db.system.name", "db.system", "messaging.system"];

/** Slots that a span id may be in: senders choose the ids, and may choose them to collide. */
const PROBES_MAX = 64;

/**
 * What is remembered of spans by their id, in two generations of a hash table without objects: when
 * one is full, the older is forgotten. So is a span whose slots are all taken by others.
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

  /** Remembers `value` for a span id given as two halves; 0 is nothing to remember. */
  set(low: number, high: number, value: number): void {
    if (this.used * 2 > this.size) {
      [this.current, this.older] = [this.older, this.current];
      this.current.fill(0);
      this.used = 0;
    }
    if (value === 0) return;
    const at = this.slot(this.current, low, high);
    if (this.current[at + 2] === 0) this.used++;
    this.current[at] = low;
    this.current[at + 1] = high;
    this.current[at + 2] = value;
  }

  get(low: number, high: number): number {
    return this.find(this.current, low, high) || this.find(this.older, low, high);
  }

  private find(table: Int32Array, low: number, high: number): number {
    const at = this.slot(table, low, high);
    return table[at] === low && table[at + 1] === high ? table[at + 2]! : 0;
  }

  /** Where the id is, or a free place for it; where there is none, a place that another loses. */
  private slot(table: Int32Array, low: number, high: number): number {
    const mask = this.size - 1;
    const home = (Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1) >>> 8) & mask;
    for (let probe = 0; probe < PROBES_MAX; probe++) {
      const at = ((home + probe) & mask) * 3;
      if (table[at + 2] === 0 || (table[at] === low && table[at + 1] === high)) return at;
    }
    return home * 3;
  }
}

/** What the called side tells of a call. One object is used again and again: it holds for the row at hand only. */
interface Call {
  /** The service that was called. */
  service: number;
  /** Minutes since 1970. */
  minute: number;
  bucket: number;
  weight: number;
  error: boolean;
}

/**
 * Calls by the id of the span that made them, until that span arrives: the newest
 * `callsWaitingMax`, in a ring, so that calls of services which send no telemetry cost nothing but
 * their place. A parent is answered for its newest call only.
 */
class WaitingCalls {
  private readonly size = AGGREGATE_LIMITS.callsWaitingMax;
  private readonly places = new SpanTable(this.size * 4);
  /** Five numbers a place: both halves of the parent's id, service, minute, and bucket with the error bit. */
  private readonly calls = new Int32Array(this.size * 5);
  private readonly weights = new Float32Array(this.size);
  private next = 0;

  add(low: number, high: number, call: Call): void {
    const place = this.next;
    this.next = (place + 1) % this.size;
    const { calls } = this;
    const at = place * 5;
    calls[at] = low;
    calls[at + 1] = high;
    calls[at + 2] = call.service;
    calls[at + 3] = call.minute;
    calls[at + 4] = (call.bucket << 1) | (call.error ? 1 : 0);
    this.weights[place] = call.weight;
    this.places.set(low, high, place + 1);
  }

  /** Moves the call that waits for a parent into `call`; false when there is none. */
  take(low: number, high: number, call: Call): boolean {
    const place = this.places.get(low, high) - 1;
    const { calls } = this;
    const at = place * 5;
    if (place < 0 || calls[at] !== low || calls[at + 1] !== high || calls[at + 2] === 0)
      return false;
    call.service = calls[at + 2]!;
    call.minute = calls[at + 3]!;
    call.bucket = calls[at + 4]! >> 1;
    call.error = (calls[at + 4]! & 1) === 1;
    call.weight = this.weights[place]!;
    calls[at + 2] = 0;
    return true;
  }
}

/** Requests and errors by minute and bucket of the calls from one service to another. */
type EdgeCounts = Map<number, { requests: number; errors: number }>;

/** Buckets are below this: 2^64 ns is bucket 512. */
const BUCKETS = 1_024;

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
  private readonly call: Call = { service: 0, minute: 0, bucket: 0, weight: 1, error: false };
  /** By the numbers of source and target. */
  private edges = new Map<number, EdgeCounts>();
  private edgeRows = 0;

  get pending(): boolean {
    return this.edgeRows > 0;
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
    const rows: EdgeRow[] = [];
    for (const [pair, counts] of this.edges) {
      const source = this.services[Math.floor(pair / AGGREGATE_LIMITS.servicesMax)]!;
      const target = this.services[pair % AGGREGATE_LIMITS.servicesMax]!;
      for (const [key, count] of counts) {
        rows.push({
          minute: Math.floor(key / BUCKETS) * 60,
          source,
          target,
          bucket: key % BUCKETS,
          ...count,
        });
      }
    }
    this.edges = new Map();
    this.edgeRows = 0;
    return rows;
  }

  private span(batch: SpanBatch, row: number, service: number, externals: readonly number[]): void {
    const low = int32(batch.spanId.bytes, row * 8);
    const high = int32(batch.spanId.bytes, row * 8 + 4);
    const kind = batch.kind.bytes[row]!;
    this.spans.set(low, high, service);
    if (kind === SERVER || kind === CONSUMER) {
      this.entry(batch, row, service);
    } else if (kind === CLIENT || kind === PRODUCER) {
      if (this.waiting.take(low, high, this.call)) this.count(service);
      if (externals.length > 0) this.external(batch, row, service, externals);
    }
  }

  private entry(batch: SpanBatch, row: number, service: number): void {
    const low = int32(batch.parentSpanId.bytes, row * 8);
    const high = int32(batch.parentSpanId.bytes, row * 8 + 4);
    if (low === 0 && high === 0) return;
    readCall(this.call, batch, row, service);
    const source = this.spans.get(low, high);
    if (source === 0) this.waiting.add(low, high, this.call);
    else this.count(source);
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
      if (target === 0) return;
      readCall(this.call, batch, row, target);
      this.count(service);
      return;
    }
  }

  /** Counts {@link call} as made by `source`. */
  private count(source: number): void {
    const { service, minute, bucket, weight, error } = this.call;
    if (source === service || source === 0) return;
    const pair = source * AGGREGATE_LIMITS.servicesMax + service;
    let counts = this.edges.get(pair);
    const key = minute * BUCKETS + bucket;
    let count = counts?.get(key);
    if (count === undefined) {
      if (this.edgeRows >= AGGREGATE_LIMITS.edgesMax) return;
      this.edgeRows++;
      if (counts === undefined)
        this.edges.set(pair, (counts = new Map<number, { requests: number; errors: number }>()));
      counts.set(key, (count = { requests: 0, errors: 0 }));
    }
    count.requests += weight;
    if (error) count.errors += weight;
  }

  /** 0 stands for "none", for services beyond the bound and for names that are too long. */
  private serviceNumber(name: string): number {
    if (name === "") return 0;
    const known = this.serviceNumbers.get(name);
    if (known !== undefined) return known;
    if (this.services.length >= AGGREGATE_LIMITS.servicesMax) return 0;
    if (name.length > ROW_LIMITS.nameBytesMax) return 0;
    const number = this.services.push(name) - 1;
    this.serviceNumbers.set(name, number);
    return number;
  }
}

function readCall(call: Call, batch: SpanBatch, row: number, service: number): void {
  const at = row * 8;
  const time = batch.time.bytes;
  const duration = batch.duration.bytes;
  const seconds = (uint32(time, at + 4) * 4_294_967_296 + uint32(time, at)) / 1e9;
  call.service = service;
  call.minute = Math.floor(seconds / 60);
  call.bucket = durationBucket(uint32(duration, at + 4) * 4_294_967_296 + uint32(duration, at));
  call.weight = batch.weight.bytes.readFloatLE(row * 4);
  call.error = batch.status.bytes[row] === ERROR;
}

function int32(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function uint32(bytes: Uint8Array, at: number): number {
  return int32(bytes, at) >>> 0;
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

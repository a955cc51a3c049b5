import type { Resource, Scope } from "../attributes.ts";
import type { ByteWriter } from "../bytes.ts";
import type { AttributesColumn, DictionaryColumn, StringColumn } from "../columns.ts";
import type { SpanBatch } from "../span-batch.ts";
import type { ReadAttributes, ReadDictionary, ReadIds, ReadTexts } from "./read-columns.ts";
import type { SpanColumns } from "./span-columns.ts";

/** Gives equal resources, and equal scopes, as one object. */
export interface KnownOrigins {
  resource(resource: Resource): Resource;
  scope(scope: Scope): Scope;
}

/**
 * Copies spans of one block that was read back to the end of a batch, so that they can be judged and
 * encoded again. Nothing may be added to the batch otherwise until `end` was called.
 *
 * @example
 * const copier = new SpanCopier(readSpanColumns(section, references), batch, origins);
 * for (let row = 0; row < section.rows; row++) if (isWanted(row)) copier.copy(row);
 * copier.end();
 */
export class SpanCopier {
  private readonly from: SpanColumns;
  private readonly into: SpanBatch;
  private readonly origins: KnownOrigins;
  private readonly names: KeyNumbers;
  private readonly keys: KeyNumbers;
  private readonly eventNames: KeyNumbers;
  private readonly eventKeys: KeyNumbers;
  private readonly linkKeys: KeyNumbers;
  private readonly times: Uint32Array;
  private readonly durations: Uint32Array;
  private readonly eventTimes: Uint32Array;
  /** What the run of rows that is open came from. */
  private resource: Resource | undefined;
  private scope: Scope | undefined;

  constructor(from: SpanColumns, into: SpanBatch, origins: KnownOrigins) {
    this.from = from;
    this.into = into;
    this.origins = origins;
    this.names = new KeyNumbers(from.names, into.name);
    this.keys = new KeyNumbers(from.attributes.keys, into.attributes.keys);
    this.eventNames = new KeyNumbers(from.events.names, into.events.name);
    this.eventKeys = new KeyNumbers(from.events.attributes.keys, into.events.attributes.keys);
    this.linkKeys = new KeyNumbers(from.links.attributes.keys, into.links.attributes.keys);
    this.times = halves(from.times);
    this.durations = halves(from.durations);
    this.eventTimes = halves(from.events.times);
  }

  /** Copies a span of the block, with its weight multiplied. */
  copy(row: number, weightFactor = 1): void {
    const { from, into } = this;
    this.open(row);
    into.time.u64(this.times[row * 2]!, this.times[row * 2 + 1]!);
    into.duration.u64(this.durations[row * 2]!, this.durations[row * 2 + 1]!);
    copyId(from.traceIds, row, 16, into.traceId);
    copyId(from.spanIds, row, 8, into.spanId);
    copyId(from.parents, row, 8, into.parentSpanId);
    copyText(from.traceStates, row, into.traceState);
    this.names.copy(row);
    into.kind.u8(from.kinds[row]!);
    into.status.u8(from.statuses[row]!);
    copyText(from.statusMessages, row, into.statusMessage);
    into.flags.u32(from.flags[row]!);
    into.weight.f32(from.weights[row]! * weightFactor);
    copyAttributes(from.attributes, row, into.attributes, this.keys);
    this.copyEvents(row);
    this.copyLinks(row);
    into.droppedAttributes.u32(from.droppedAttributes[row]!);
    into.droppedEvents.u32(from.droppedEvents[row]!);
    into.droppedLinks.u32(from.droppedLinks[row]!);
    into.rows++;
  }

  /** To be called after the last row. */
  end(): void {
    if (this.resource === undefined || this.scope === undefined) return;
    const { origins, into } = this;
    into.groups.close(origins.resource(this.resource), origins.scope(this.scope), into.rows);
    this.resource = undefined;
    this.scope = undefined;
  }

  private open(row: number): void {
    const resource = this.from.resources[row]!;
    const scope = this.from.scopes[row]!;
    if (resource === this.resource && scope === this.scope) return;
    this.end();
    this.resource = resource;
    this.scope = scope;
  }

  private copyEvents(row: number): void {
    const { events } = this.from;
    const into = this.into.events;
    for (let i = startOf(events.ends, row); i < events.ends[row]!; i++) {
      into.time.u64(this.eventTimes[i * 2]!, this.eventTimes[i * 2 + 1]!);
      this.eventNames.copy(i);
      copyAttributes(events.attributes, i, into.attributes, this.eventKeys);
    }
    this.into.eventEnds.push(into.attributes.rows);
  }

  private copyLinks(row: number): void {
    const { links } = this.from;
    const into = this.into.links;
    for (let i = startOf(links.ends, row); i < links.ends[row]!; i++) {
      copyId(links.traceIds, i, 16, into.traceId);
      copyId(links.spanIds, i, 8, into.spanId);
      copyText(links.traceStates, i, into.traceState);
      copyAttributes(links.attributes, i, into.attributes, this.linkKeys);
    }
    this.into.linkEnds.push(into.attributes.rows);
  }
}

/** The numbers that the keys of a block have in a column of the batch, each looked up once. */
class KeyNumbers {
  private readonly from: ReadDictionary;
  private readonly into: DictionaryColumn;
  private readonly numbers: Int32Array;

  constructor(from: ReadDictionary, into: DictionaryColumn) {
    this.from = from;
    this.into = into;
    this.numbers = new Int32Array(from.keys.length).fill(-1);
  }

  copy(row: number): void {
    const key = this.from.numbers[row]!;
    let number = this.numbers[key]!;
    if (number < 0)
      number = this.numbers[key] = this.into.dictionary.numberOfText(this.from.keys[key]!);
    this.into.numbers.push(number);
  }
}

function copyAttributes(
  from: ReadAttributes,
  row: number,
  into: AttributesColumn,
  keys: KeyNumbers,
): void {
  const { values, types } = from;
  const end = from.ends[row]!;
  for (let i = startOf(from.ends, row); i < end; i++) {
    keys.copy(i);
    into.values.pushBytes(values.bytes, values.starts[i]!, values.ends[i]!);
  }
  into.types.raw(types.bytes, types.starts[row]!, types.ends[row]!);
  into.endRow();
}

function copyText({ bytes, starts, ends }: ReadTexts, row: number, into: StringColumn): void {
  into.pushBytes(bytes, starts[row]!, ends[row]!);
}

function copyId({ bytes }: ReadIds, row: number, width: number, into: ByteWriter): void {
  into.raw(bytes, row * width, (row + 1) * width);
}

function startOf(ends: Uint32Array, row: number): number {
  return row === 0 ? 0 : ends[row - 1]!;
}

/** 64-bit numbers as their halves, the lower one first: no BigInt for each. */
function halves(numbers: BigUint64Array): Uint32Array {
  return new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length * 2);
}

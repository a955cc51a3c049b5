import type { Buffer } from "node:buffer";
import { Resource, Scope } from "#core/attributes.ts";
import { AttributesColumn } from "#core/columns.ts";
import { REQUEST_LIMITS, ROW_LIMITS } from "#core/limits.ts";
import { Remembered } from "#core/remembered.ts";
import { cutText } from "#core/utf8.ts";
import { attributeList, AttributeDecoder } from "./decode-attributes.ts";
import { malformed, type WireReader } from "#pipeline/intake/wire.ts";

/** A byte range of the body; empty where the field is absent. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Resources and scopes by the bytes that they arrived as: a sender repeats its own in every request,
 * so that each is decoded once in its life and is the same object from then on.
 */
export class GroupCache {
  private readonly resources = new Remembered<Resource>();
  private readonly scopes = new Remembered<Scope>();
  private readonly scratch = new AttributesColumn();

  resource(reader: WireReader, { from, to }: Range, schemaUrl: string): Resource {
    const key = keyOf(reader, from, to, schemaUrl);
    const known = this.resources.get(key);
    if (known !== undefined) return known;
    const resource = new Resource(this.attributes(reader, from, to, 0x0a), schemaUrl);
    this.resources.set(key, resource);
    return resource;
  }

  scope(reader: WireReader, { from, to }: Range, schemaUrl: string): Scope {
    const key = keyOf(reader, from, to, schemaUrl);
    const known = this.scopes.get(key);
    if (known !== undefined) return known;
    const scope = new Scope(
      text(reader, lastField(reader, from, to, 0x0a)),
      text(reader, lastField(reader, from, to, 0x12)),
      this.attributes(reader, from, to, 0x1a),
      schemaUrl,
    );
    this.scopes.set(key, scope);
    return scope;
  }

  private attributes(
    reader: WireReader,
    from: number,
    to: number,
    tag: number,
  ): Resource["attributes"] {
    const ranges = fieldRanges(reader, from, to, tag, ROW_LIMITS.attributesMax);
    return attributeList(new AttributeDecoder(reader), this.scratch, ranges);
  }
}

/** Both parts are in the key so that no two pairs share one. */
function keyOf(reader: WireReader, from: number, to: number, schemaUrl: string): string {
  return `${schemaUrl.length}:${schemaUrl}${reader.bytes.toString("latin1", from, to)}`;
}

/** Where the first `entriesMax` length-delimited fields `tag` stand: `[from, to, from, to, …]`. */
function fieldRanges(
  reader: WireReader,
  from: number,
  to: number,
  tag: number,
  entriesMax: number,
): number[] {
  const ranges: number[] = [];
  eachField(reader, from, to, tag, (at, end) => {
    if (ranges.length < entriesMax * 2) ranges.push(at, end);
  });
  return ranges;
}

/** The last occurrence of a length-delimited field, as protobuf's rule for a field that is not repeated is. */
function lastField(reader: WireReader, from: number, to: number, tag: number): Range {
  let last: Range = { from: 0, to: 0 };
  eachField(reader, from, to, tag, (at, end) => {
    last = { from: at, to: end };
  });
  return last;
}

function text(reader: WireReader, { from, to }: Range): string {
  const end = cutText(reader.bytes, from, to, ROW_LIMITS.nameBytesMax);
  return reader.bytes.toString("utf8", from, end);
}

/** What is called while a request is walked; see {@link walkGroups}. */
export interface GroupVisitor {
  /** One record; `resource` and `scope` are the same objects for all records of one scope. */
  record(from: number, to: number, resource: Resource, scope: Scope): void;
  endGroup(resource: Resource, scope: Scope): void;
}

/**
 * Walks the three levels that the signals share (`ResourceX[] → ScopeX[] → X[]`) and calls `record`
 * for each record and `endGroup` after each scope. Field numbers are the same for all three signals.
 * What is repeated is visited where it stands and never listed, so that memory does not grow with it.
 */
export function walkGroups(reader: WireReader, cache: GroupCache, visitor: GroupVisitor): void {
  const end = reader.bytes.length;
  let groups = 0;
  eachField(reader, 0, end, 0x0a, (from, to) => {
    const schemaUrl = text(reader, lastField(reader, from, to, 0x1a));
    const resourceAt = lastField(reader, from, to, 0x0a);
    let resource: Resource | undefined;
    eachField(reader, from, to, 0x12, (scopeFrom, scopeTo) => {
      if (scopeFrom === scopeTo) return;
      if (++groups > REQUEST_LIMITS.groupsMax)
        throw malformed(
          `more than ${REQUEST_LIMITS.groupsMax} groups of one resource and scope`,
          scopeFrom,
        );
      resource ??= cache.resource(reader, resourceAt, schemaUrl);
      walkScope(reader, cache, scopeFrom, scopeTo, resource, visitor);
    });
  });
}

function walkScope(
  reader: WireReader,
  cache: GroupCache,
  from: number,
  to: number,
  resource: Resource,
  visitor: GroupVisitor,
): void {
  const schemaUrl = text(reader, lastField(reader, from, to, 0x1a));
  const scope = cache.scope(reader, lastField(reader, from, to, 0x0a), schemaUrl);
  eachField(reader, from, to, 0x12, (at, end) => visitor.record(at, end, resource, scope));
  visitor.endGroup(resource, scope);
}

/** Calls `visit` with each length-delimited field `tag` of the message; it may move the reader. */
export function eachField(
  reader: WireReader,
  from: number,
  to: number,
  tag: number,
  visit: (from: number, to: number) => void,
): void {
  reader.position = from;
  while (reader.position < to) {
    const found = reader.varint(to);
    if (found !== tag) {
      reader.skip(found, to);
      continue;
    }
    const end = reader.enter(to);
    visit(reader.position, end);
    reader.position = end;
  }
}

/** Whether every byte of a range is zero: an id that OpenTelemetry calls invalid. */
export function allZero(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false;
  return true;
}

import type { Buffer } from "node:buffer";
import { Resource, Scope } from "#core/attributes.ts";
import { AttributesColumn } from "#core/columns.ts";
import { attributeList, AttributeDecoder } from "./decode-attributes.ts";
import type { WireReader } from "./wire.ts";

/** Resources and scopes remembered by their bytes; when full, a cache starts anew. */
const REMEMBERED_MAX = 10_000;

/** Byte ranges of a repeated field: `[from, to, from, to, …]`. */
export type Ranges = number[];

/**
 * Resources and scopes by the bytes that they arrived as: a sender repeats its own in every request,
 * so that each is decoded once in its life and is the same object from then on.
 */
export class GroupCache {
  private readonly resources = new Map<string, Resource>();
  private readonly scopes = new Map<string, Scope>();
  private readonly scratch = new AttributesColumn();

  resource(reader: WireReader, from: number, to: number, schemaUrl: string): Resource {
    const key = `${schemaUrl}\n${reader.bytes.toString("latin1", from, to)}`;
    const known = this.resources.get(key);
    if (known !== undefined) return known;
    const resource = new Resource(
      attributeList(
        new AttributeDecoder(reader),
        this.scratch,
        fieldRanges(reader, from, to, 0x0a),
      ),
      schemaUrl,
    );
    if (this.resources.size >= REMEMBERED_MAX) this.resources.clear();
    this.resources.set(key, resource);
    return resource;
  }

  scope(reader: WireReader, from: number, to: number, schemaUrl: string): Scope {
    const key = `${schemaUrl}\n${reader.bytes.toString("latin1", from, to)}`;
    const known = this.scopes.get(key);
    if (known !== undefined) return known;
    const name = lastText(reader, fieldRanges(reader, from, to, 0x0a));
    const version = lastText(reader, fieldRanges(reader, from, to, 0x12));
    const ranges = fieldRanges(reader, from, to, 0x1a);
    const scope = new Scope(
      name,
      version,
      attributeList(new AttributeDecoder(reader), this.scratch, ranges),
      schemaUrl,
    );
    if (this.scopes.size >= REMEMBERED_MAX) this.scopes.clear();
    this.scopes.set(key, scope);
    return scope;
  }
}

/** Where the length-delimited field `tag` stands in the message `from` to `to`. */
export function fieldRanges(reader: WireReader, from: number, to: number, tag: number): Ranges {
  const ranges: Ranges = [];
  reader.position = from;
  while (reader.position < to) {
    const found = reader.varint(to);
    if (found !== tag) {
      reader.skip(found, to);
      continue;
    }
    const end = reader.enter(to);
    ranges.push(reader.position, end);
    reader.position = end;
  }
  return ranges;
}

/** The text of the last occurrence of a field, as protobuf's rule for a repeated scalar is. */
export function lastText(reader: WireReader, ranges: Ranges): string {
  if (ranges.length === 0) return "";
  return reader.bytes.toString("utf8", ranges[ranges.length - 2], ranges[ranges.length - 1]);
}

/**
 * Walks the three levels that the signals share (`ResourceX[] → ScopeX[] → X[]`) and calls `record`
 * for each record and `endGroup` after each scope. Field numbers are the same for all three signals.
 */
export function walkGroups(
  reader: WireReader,
  cache: GroupCache,
  visitor: {
    /** `group` is the same object for all records of one scope. */
    record(from: number, to: number, resource: Resource, scope: Scope): void;
    endGroup(resource: Resource, scope: Scope): void;
  },
): void {
  const end = reader.bytes.length;
  const groups = fieldRanges(reader, 0, end, 0x0a);
  for (let g = 0; g < groups.length; g += 2) {
    const [from, to] = [groups[g]!, groups[g + 1]!];
    const resourceRanges = fieldRanges(reader, from, to, 0x0a);
    const schemaUrl = lastText(reader, fieldRanges(reader, from, to, 0x1a));
    const at = resourceRanges.length - 2;
    const resource = cache.resource(
      reader,
      resourceRanges[at] ?? 0,
      resourceRanges[at + 1] ?? 0,
      schemaUrl,
    );
    const scopes = fieldRanges(reader, from, to, 0x12);
    for (let s = 0; s < scopes.length; s += 2)
      walkScope(reader, cache, scopes[s]!, scopes[s + 1]!, resource, visitor);
  }
}

function walkScope(
  reader: WireReader,
  cache: GroupCache,
  from: number,
  to: number,
  resource: Resource,
  visitor: Parameters<typeof walkGroups>[2],
): void {
  const scopeRanges = fieldRanges(reader, from, to, 0x0a);
  const schemaUrl = lastText(reader, fieldRanges(reader, from, to, 0x1a));
  const at = scopeRanges.length - 2;
  const scope = cache.scope(reader, scopeRanges[at] ?? 0, scopeRanges[at + 1] ?? 0, schemaUrl);
  const records = fieldRanges(reader, from, to, 0x12);
  for (let r = 0; r < records.length; r += 2)
    visitor.record(records[r]!, records[r + 1]!, resource, scope);
  visitor.endGroup(resource, scope);
}

/** Whether every byte of a range is zero: an id that OpenTelemetry calls invalid. */
export function allZero(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false;
  return true;
}

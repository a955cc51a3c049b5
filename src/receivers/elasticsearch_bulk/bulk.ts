import type { Buffer } from "node:buffer";
import type { LogBuilder } from "#core/build/log-builder.ts";
import { SightglassError } from "#core/errors.ts";
import { REQUEST_LIMITS } from "#core/limits.ts";
import type { DoorLimits } from "#pipeline/intake/door.ts";
import { parseJson } from "#pipeline/intake/json-text.ts";
import { documentOf } from "./document.ts";

const NEWLINE = 0x0a;
const ACTIONS = ["index", "create", "update", "delete"] as const;
type Action = (typeof ACTIONS)[number];

/** What one operation was answered, in Elasticsearch's form. */
export type ItemResult = Readonly<Record<string, unknown>>;

export interface BulkResult {
  readonly errors: boolean;
  readonly items: readonly Readonly<Record<string, ItemResult>>[];
}

interface Operation {
  readonly action: Action;
  readonly index: string;
  readonly id: string;
}

/**
 * Adds the documents of a bulk body
 * (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk) to a batch, with a
 * result for each operation. Telemetry is appended and never changed: `update` and `delete` are
 * refused, item by item.
 */
export class BulkReader {
  private readonly builder: LogBuilder;
  private readonly limits: DoorLimits;
  private readonly newId: () => string;
  private readonly items: Record<string, ItemResult>[] = [];
  private errors = false;

  constructor(builder: LogBuilder, limits: DoorLimits, newId: () => string) {
    this.builder = builder;
    this.limits = limits;
    this.newId = newId;
  }

  /** @throws SightglassError `bad_request` for a line that is no action, as Elasticsearch refuses all then. */
  read(body: Buffer, defaultIndex: string): BulkResult {
    let lineNumber = 0;
    let pending: Operation | undefined;
    for (let from = 0; from < body.length;) {
      const newline = body.indexOf(NEWLINE, from);
      const to = newline < 0 ? body.length : newline;
      const line = body.subarray(from, to);
      from = to + 1;
      lineNumber++;
      if (pending !== undefined) {
        this.document(pending, line);
        pending = undefined;
      } else if (!isBlank(line)) {
        const operation = this.operation(line, lineNumber, defaultIndex);
        if (operation.action === "delete") this.refuse(operation, UNCHANGEABLE);
        else pending = operation;
      }
    }
    if (pending !== undefined) throw malformed(lineNumber, "an action without its document");
    return { errors: this.errors, items: this.items };
  }

  /** Adds one document outside of a bulk. */
  one(source: unknown, operation: Operation): ItemResult {
    this.add(operation, source);
    return this.items[0]![operation.action]!;
  }

  private operation(line: Buffer, lineNumber: number, defaultIndex: string): Operation {
    if (this.items.length >= REQUEST_LIMITS.rowsMax) {
      const message = `found more than ${REQUEST_LIMITS.rowsMax} operations in one request`;
      throw new SightglassError("payload_too_large", message);
    }
    const action = this.json(line, lineNumber);
    const entries = typeof action === "object" && action !== null ? Object.entries(action) : [];
    const [name, metadata] = (entries[0] ?? []) as [string?, unknown?];
    const known = ACTIONS.find((candidate) => candidate === name);
    if (entries.length !== 1 || known === undefined || typeof metadata !== "object") {
      throw malformed(lineNumber, `allowed is an object of one of ${ACTIONS.join(", ")}`);
    }
    const { _index: index, _id: id } = (metadata ?? {}) as Record<string, unknown>;
    return {
      action: known,
      index: typeof index === "string" && index !== "" ? index : defaultIndex,
      id: typeof id === "string" && id !== "" ? id : this.newId(),
    };
  }

  private json(line: Buffer, lineNumber: number): unknown {
    try {
      return parseJson(line, this.limits);
    } catch (error) {
      if (error instanceof SightglassError) throw malformed(lineNumber, error.message);
      throw error;
    }
  }

  private document(operation: Operation, line: Buffer): void {
    if (operation.action === "update") {
      this.refuse(operation, UNCHANGEABLE);
      return;
    }
    let source: unknown;
    try {
      source = parseJson(line, this.limits);
    } catch (error) {
      if (!(error instanceof SightglassError)) throw error;
      this.refuse(operation, { type: "document_parsing_exception", reason: error.message });
      return;
    }
    this.add(operation, source);
  }

  private add(operation: Operation, source: unknown): void {
    if (typeof source !== "object" || source === null || Array.isArray(source)) {
      const reason = "allowed is a document that is an object";
      this.refuse(operation, { type: "document_parsing_exception", reason });
      return;
    }
    const { resource, record } = documentOf(source, operation.index);
    const { builder } = this;
    try {
      builder.group(resource);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.refuse(operation, { type: "document_parsing_exception", reason: error.message });
      return;
    }
    if (builder.add(record)) this.created(operation);
    else
      this.refuse(operation, {
        type: "illegal_argument_exception",
        reason: builder.rejections.last,
      });
  }

  private created({ action, index, id }: Operation): void {
    const shards = { total: 1, successful: 1, failed: 0 };
    const place = { _index: index, _id: id, _version: 1, _seq_no: 0, _primary_term: 1 };
    this.items.push({ [action]: { ...place, result: "created", _shards: shards, status: 201 } });
  }

  private refuse({ action, index, id }: Operation, error: ItemError): void {
    this.errors = true;
    this.items.push({ [action]: { _index: index, _id: id, status: 400, error } });
  }
}

interface ItemError {
  readonly type: string;
  readonly reason: string;
}

const UNCHANGEABLE: ItemError = {
  type: "illegal_argument_exception",
  reason: "telemetry is appended and never changed: allowed are index and create",
};

function malformed(lineNumber: number, what: string): SightglassError {
  const message = `Malformed action/metadata line [${lineNumber}]: ${what}`;
  return new SightglassError("bad_request", message);
}

function isBlank(line: Buffer): boolean {
  for (const byte of line) if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false;
  return true;
}

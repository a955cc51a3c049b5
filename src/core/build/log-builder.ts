import type { Resource, Scope } from "../attributes.ts";
import { batchPools } from "../batch.ts";
import type { DictionaryColumn } from "../columns.ts";
import { ROW_LIMITS } from "../limits.ts";
import type { LogBatch } from "../log-batch.ts";
import { Rejections, type TimeWindow } from "../rejections.ts";
import { cutString } from "../utf8.ts";
import {
  type AttributeInput,
  type AttributeInputs,
  textOfInput,
  typeOfInput,
} from "./attribute-input.ts";
import { AttributeWriter } from "./attribute-writer.ts";
import { pushBigint, pushHexId } from "./field-writers.ts";
import { origins, type ScopeInput } from "./origins.ts";
import { TextNumbers } from "./text-numbers.ts";

/** What a receiver knows of one log record; everything else is absent. */
export interface LogInput {
  /** Unix nanoseconds. Absent or 0, the observed time stands in. */
  readonly timeNs?: bigint;
  /** `SeverityNumber` of OpenTelemetry, 1 to 24; see severity.ts for where to get it from. */
  readonly severity?: number;
  readonly severityText?: string;
  /** A body of `null` counts as none. */
  readonly body?: AttributeInput;
  readonly eventName?: string;
  /** 32 and 16 hex digits; what is something else is ignored. */
  readonly traceId?: string;
  readonly spanId?: string;
  readonly attributes?: AttributeInputs;
}

export interface BuilderOptions {
  /** When the rows arrived, in Unix nanoseconds. */
  readonly observedNs: bigint;
  /** The times that rows may have. */
  readonly window: TimeWindow;
}

const NO_ATTRIBUTES: AttributeInputs = {};
const SEVERITY_MAX = 24;

/**
 * Fills a {@link LogBatch} of the pool from plain values, one request or portion at a time. The limits are
 * those of the OTLP decoder (`ROW_LIMITS`): what is over is cut and counted in the row's dropped attributes; a
 * record whose time is outside the window, or that is nested too deeply, is left out and counted.
 *
 * @example
 * const builder = new LogBuilder({ observedNs, window });
 * builder.group({ "service.name": "shop" });
 * builder.add({ body: "paid", severity: severityOfWord("info"), attributes: { amount: 12 } });
 * await push(builder.finish(body.length), org);
 */
export class LogBuilder {
  readonly rejections = new Rejections();
  private readonly batch: LogBatch = batchPools.logs.take();
  private readonly attributes = new AttributeWriter(this.batch.attributes);
  private readonly severityTexts = new TextNumbers(this.batch.severityText.dictionary);
  private readonly eventNames = new TextNumbers(this.batch.eventName.dictionary);
  private readonly observedNs: bigint;
  private readonly window: TimeWindow;
  private resource: Resource | undefined;
  private scope: Scope = origins.scope(undefined);
  private index = 0;
  private isFinished = false;

  constructor({ observedNs, window }: BuilderOptions) {
    this.observedNs = observedNs;
    this.window = window;
  }

  /** Rows that were added so far. */
  get rows(): number {
    return this.batch.rows;
  }

  /**
   * From here on rows belong to this resource and scope; before the first call, to a resource without attributes.
   *
   * @throws RangeError when a value is nested too deeply; rows then go on belonging where they did.
   */
  group(resource: AttributeInputs, scope?: ScopeInput): void {
    const next = origins.resource(resource);
    const nextScope = origins.scope(scope);
    if (next === this.resource && nextScope === this.scope) return;
    this.closeGroup();
    this.resource = next;
    this.scope = nextScope;
  }

  private closeGroup(): void {
    const { batch } = this;
    this.resource ??= origins.resource(NO_ATTRIBUTES);
    batch.groups.close(this.resource, this.scope, batch.rows);
  }

  /** Appends a record; false when it was rejected, for the reason that {@link rejections} tells. */
  add(input: LogInput): boolean {
    if (this.isFinished) throw new Error("a record for a batch that was handed over");
    const index = this.index++;
    if (this.rejections.isOver(index)) return false;
    const { timeNs = 0n } = input;
    if (timeNs !== 0n && this.isOutside(timeNs, index)) return false;
    const body = this.prepare(input, index);
    if (body === undefined) return false;
    this.push(input, timeNs === 0n ? this.observedNs : timeNs, body);
    return true;
  }

  private isOutside(timeNs: bigint, index: number): boolean {
    return this.rejections.outside(this.window, Number(timeNs) / 1e6, "log record", index);
  }

  /** Makes text of everything that can fail, before a column is touched; returns that of the body. */
  private prepare(input: LogInput, index: number): string | undefined {
    try {
      this.attributes.prepare(input.attributes ?? NO_ATTRIBUTES);
      return cutString(textOfInput(input.body, ROW_LIMITS.bodyBytesMax), ROW_LIMITS.bodyBytesMax);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.rejections.reject(`log record ${index}: ${error.message}`);
      return undefined;
    }
  }

  private push(input: LogInput, timeNs: bigint, body: string): void {
    const { batch } = this;
    const { severity = 0 } = input;
    batch.rows++;
    pushBigint(batch.time, timeNs);
    pushBigint(batch.observedTime, this.observedNs);
    pushHexId(batch.traceId, input.traceId, 16);
    pushHexId(batch.spanId, input.spanId, 8);
    batch.flags.u32(0);
    batch.severity.u8(severity >= 1 && severity <= SEVERITY_MAX ? severity : 0);
    pushName(batch.severityText, this.severityTexts, input.severityText);
    batch.body.pushText(body);
    batch.bodyType.u8(typeOfInput(input.body));
    pushName(batch.eventName, this.eventNames, input.eventName);
    batch.weight.f32(1);
    batch.droppedAttributes.u32(this.attributes.pushRow());
  }

  /**
   * Hands the batch over, empty when no record was added. The builder is done with.
   *
   * @param sourceBytes What the rows were decoded from, for the bounds on bytes.
   */
  finish(sourceBytes: number): LogBatch {
    this.closeGroup();
    this.isFinished = true;
    this.batch.sourceBytes = sourceBytes;
    return this.batch;
  }
}

function pushName(into: DictionaryColumn, numbers: TextNumbers, text: string | undefined): void {
  into.numbers.push(numbers.numberOf(text ?? "", shortName)!);
}

const shortName = (text: string): string => cutString(text, ROW_LIMITS.nameBytesMax);

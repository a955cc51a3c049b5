import type { Resource, Scope } from "../attributes.ts";
import { batchPools } from "../batch.ts";
import { ROW_LIMITS } from "../limits.ts";
import { Rejections, type TimeWindow } from "../rejections.ts";
import type { SpanBatch } from "../span-batch.ts";
import { cutString } from "../utf8.ts";
import type { AttributeInputs } from "./attribute-input.ts";
import { AttributeWriter } from "./attribute-writer.ts";
import { pushBigint, pushHexId } from "./field-writers.ts";
import type { BuilderOptions } from "./log-builder.ts";
import { origins, type ScopeInput } from "./origins.ts";

/** What a receiver knows of one span; everything else is absent. */
export interface SpanInput {
  /** 32 and 16 hex digits, not all zero: without them a span is rejected. */
  readonly traceId: string;
  readonly spanId: string;
  /** Absent, or none, for a root. */
  readonly parentSpanId?: string;
  readonly name: string;
  /** `SpanKind` and `StatusCode` of OpenTelemetry; 0 without. */
  readonly kind?: number;
  readonly status?: number;
  readonly statusMessage?: string;
  /** Unix nanoseconds. An end before the start counts as the start. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** How many spans it stands for, where the sender sampled; 1 without. */
  readonly weight?: number;
  readonly attributes?: AttributeInputs;
}

const TRACE_ID = /^(?!0+$)[0-9a-f]{32}$/i;
const SPAN_ID = /^(?!0+$)[0-9a-f]{16}$/i;
const NO_ATTRIBUTES: AttributeInputs = {};
const KIND_MAX = 5;
const STATUS_MAX = 2;
/** As large as a sampling threshold of OpenTelemetry can make it. */
const WEIGHT_MAX = 1_000_000;

/**
 * Fills a {@link SpanBatch} of the pool from plain values, with the limits of the OTLP decoder; see
 * {@link LogBuilder}, of which it is the twin for spans. Events and links are not given here.
 */
export class SpanBuilder {
  readonly rejections = new Rejections();
  private readonly batch: SpanBatch = batchPools.traces.take();
  private readonly attributes = new AttributeWriter(this.batch.attributes);
  private readonly window: TimeWindow;
  private resource: Resource = origins.resource(NO_ATTRIBUTES);
  private scope: Scope = origins.scope(undefined);
  private index = 0;
  private isFinished = false;

  constructor({ window }: Pick<BuilderOptions, "window">) {
    this.window = window;
  }

  /** Rows that were added so far. */
  get rows(): number {
    return this.batch.rows;
  }

  /** From here on rows belong to this resource and scope. @throws RangeError when nested too deeply. */
  group(resource: AttributeInputs, scope?: ScopeInput): void {
    const next = origins.resource(resource);
    const nextScope = origins.scope(scope);
    if (next === this.resource && nextScope === this.scope) return;
    this.closeGroup();
    this.resource = next;
    this.scope = nextScope;
  }

  private closeGroup(): void {
    this.batch.groups.close(this.resource, this.scope, this.batch.rows);
  }

  /** Appends a span; false when it was rejected, for the reason that {@link rejections} tells. */
  add(input: SpanInput): boolean {
    if (this.isFinished) throw new Error("a span for a batch that was handed over");
    const index = this.index++;
    const { rejections } = this;
    if (rejections.isOver(index)) return false;
    if (!TRACE_ID.test(input.traceId) || !SPAN_ID.test(input.spanId)) {
      rejections.reject(
        `span ${index}: its ids are not 32 and 16 hex digits that are not all zero`,
      );
      return false;
    }
    if (rejections.outside(this.window, Number(input.startNs) / 1e6, "span", index)) return false;
    try {
      this.attributes.prepare(input.attributes ?? NO_ATTRIBUTES);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      rejections.reject(`span ${index}: ${error.message}`);
      return false;
    }
    this.push(input);
    return true;
  }

  private push(input: SpanInput): void {
    const { batch } = this;
    const { kind = 0, status = 0, weight = 1, startNs, endNs } = input;
    batch.rows++;
    pushBigint(batch.time, startNs);
    pushBigint(batch.duration, endNs > startNs ? endNs - startNs : 0n);
    pushHexId(batch.traceId, input.traceId, 16);
    pushHexId(batch.spanId, input.spanId, 8);
    pushHexId(batch.parentSpanId, input.parentSpanId, 8);
    batch.traceState.pushText("");
    batch.name.pushText(cutString(input.name, ROW_LIMITS.nameBytesMax));
    batch.kind.u8(kind <= KIND_MAX ? kind : 0);
    batch.status.u8(status <= STATUS_MAX ? status : 0);
    batch.statusMessage.pushText(
      cutString(input.statusMessage ?? "", ROW_LIMITS.statusMessageBytesMax),
    );
    batch.flags.u32(0);
    batch.weight.f32(weight >= 1 ? Math.min(weight, WEIGHT_MAX) : 1);
    batch.droppedAttributes.u32(this.attributes.pushRow());
    batch.droppedEvents.u32(0);
    batch.droppedLinks.u32(0);
    batch.eventEnds.push(batch.events.name.rows);
    batch.linkEnds.push(batch.links.traceState.rows);
  }

  /** Hands the batch over, empty when no span was added. The builder is done with. */
  finish(sourceBytes: number): SpanBatch {
    this.closeGroup();
    this.isFinished = true;
    this.batch.sourceBytes = sourceBytes;
    return this.batch;
  }
}

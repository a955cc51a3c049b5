import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock } from "#core/clock.ts";
import { TELEMETRY_LIMITS } from "#core/limits.ts";

export type SpanKind = "internal" | "server" | "client" | "producer" | "consumer";
export type SpanAttribute = string | number | boolean;

/** A span of Sightglass's own, ready for export. Ids are lower-case hex; `parentSpanId` is "" for a root. */
export interface FinishedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startMs: number;
  readonly durationMs: number;
  readonly error: string | undefined;
  readonly attributes: Readonly<Record<string, SpanAttribute>>;
}

/** The span that runs. On one that is not recorded both calls do nothing. */
export interface ActiveSpan {
  readonly recorded: boolean;
  set(name: string, value: SpanAttribute | undefined): void;
  /** Marks the span as failed. A throw out of the span does it too. */
  fail(message: string): void;
}

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: Readonly<Record<string, SpanAttribute>>;
  /** Record it only within another span: for work that is too frequent for traces of its own. */
  readonly onlyWithin?: boolean;
}

/**
 * Spans of Sightglass's own work. The traces that begin under one name are bounded per second, so a
 * high-rate path costs next to nothing; a span within a recorded one is always recorded.
 *
 * @example await tracer.span("store.insert", { attributes: { table } }, () => insert(block));
 */
export interface Tracer {
  span<T>(name: string, options: SpanOptions, run: (span: ActiveSpan) => T): T;
  /** Records work that has just ended, as a trace of its own and within the same bounds. */
  record(name: string, options: SpanOptions & { readonly durationMs: number }): void;
  /** Runs `run` without recording any span in it: for the export of telemetry itself. */
  silently<T>(run: () => T): T;
  /** The recorded span that runs now. */
  current(): { readonly traceId: string; readonly spanId: string } | undefined;
  /** Takes the finished spans out, oldest first. */
  drain(): FinishedSpan[];
  /** Spans that were lost because nobody drained in time. */
  lost(): number;
}

const silent = Symbol("no spans in here");

const unrecorded: ActiveSpan = { recorded: false, set: () => {}, fail: () => {} };

/** A tracer that records nothing, for when nobody drains it. */
export const silentTracer: Tracer = {
  span: (_name, _options, run) => run(unrecorded),
  record: () => {},
  silently: (run) => run(),
  current: () => undefined,
  drain: () => [],
  lost: () => 0,
};

/** @param options.randomHex gives the number of random bytes asked for, as lower-case hex. */
export function createTracer(options: {
  clock: Clock;
  randomHex: (bytes: number) => string;
}): Tracer {
  const { clock, randomHex } = options;
  const current = new AsyncLocalStorage<RecordedSpan | typeof silent>();
  const rate = new TraceRate(clock);
  let finished: FinishedSpan[] = [];
  let lost = 0;

  const keep = (span: FinishedSpan): void => {
    if (finished.length >= TELEMETRY_LIMITS.pendingSpansMax) {
      finished.shift();
      lost++;
    }
    finished.push(span);
  };

  const finish = (span: RecordedSpan, error?: unknown): void => {
    if (error !== undefined)
      span.fail(error instanceof Error ? error.message : `threw a ${typeof error}`);
    keep(span.finished(clock.monotonicMs()));
  };

  return {
    span(name, spanOptions, run) {
      const parent = current.getStore();
      if (parent === silent) return run(unrecorded);
      if (parent === undefined && (spanOptions.onlyWithin === true || !rate.admit(name)))
        return run(unrecorded);
      const span = new RecordedSpan(name, spanOptions, parent?.traceId ?? randomHex(16), {
        spanId: randomHex(8),
        parentSpanId: parent?.spanId ?? "",
        clock,
      });
      try {
        const result = current.run(span, () => run(span));
        if (!(result instanceof Promise)) {
          finish(span);
          return result;
        }
        // Watched beside the caller, who gets the very promise and sees its failure.
        result.then(
          () => finish(span),
          (error: unknown) => finish(span, error),
        );
        return result;
      } catch (error) {
        finish(span, error);
        throw error;
      }
    },
    record(name, { durationMs, ...spanOptions }) {
      if (!rate.admit(name)) return;
      const span = new RecordedSpan(name, spanOptions, randomHex(16), {
        spanId: randomHex(8),
        parentSpanId: "",
        clock,
      });
      keep(span.finishedWithin(durationMs));
    },
    silently: (run) => current.run(silent, run),
    current() {
      const span = current.getStore();
      return span === undefined || span === silent
        ? undefined
        : { traceId: span.traceId, spanId: span.spanId };
    },
    drain() {
      const spans = finished;
      finished = [];
      return spans;
    },
    lost: () => lost,
  };
}

class RecordedSpan implements ActiveSpan {
  readonly recorded = true;
  readonly traceId: string;
  readonly spanId: string;
  private readonly parentSpanId: string;
  private readonly name: string;
  private readonly kind: SpanKind;
  private readonly startMs: number;
  private readonly startMonotonicMs: number;
  private readonly attributes: Map<string, SpanAttribute>;
  private error: string | undefined;

  constructor(
    name: string,
    options: SpanOptions,
    traceId: string,
    context: { spanId: string; parentSpanId: string; clock: Clock },
  ) {
    this.name = name;
    this.kind = options.kind ?? "internal";
    this.traceId = traceId;
    this.spanId = context.spanId;
    this.parentSpanId = context.parentSpanId;
    this.startMs = context.clock.nowMs();
    this.startMonotonicMs = context.clock.monotonicMs();
    this.attributes = new Map(Object.entries(options.attributes ?? {}));
  }

  set(name: string, value: SpanAttribute | undefined): void {
    if (value === undefined) return;
    if (this.attributes.size < TELEMETRY_LIMITS.attributesPerSpanMax || this.attributes.has(name))
      this.attributes.set(name, value);
  }

  fail(message: string): void {
    this.error ??= message;
  }

  /** The span, ended at that time of the monotonic clock. */
  finished(endMonotonicMs: number): FinishedSpan {
    return this.shape(this.startMs, endMonotonicMs - this.startMonotonicMs);
  }

  /** The span, ended when it was made and begun `durationMs` before. */
  finishedWithin(durationMs: number): FinishedSpan {
    return this.shape(this.startMs - durationMs, durationMs);
  }

  private shape(startMs: number, durationMs: number): FinishedSpan {
    return {
      traceId: this.traceId,
      spanId: this.spanId,
      parentSpanId: this.parentSpanId,
      name: this.name,
      kind: this.kind,
      startMs,
      durationMs,
      error: this.error,
      attributes: Object.fromEntries(this.attributes),
    };
  }
}

/** Admits a bounded number of new traces a second under each name. */
class TraceRate {
  private readonly started = new Map<string, number>();
  private second = -1;
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  admit(name: string): boolean {
    const second = Math.floor(this.clock.monotonicMs() / 1_000);
    if (second !== this.second) {
      this.second = second;
      this.started.clear();
    }
    const started = this.started.get(name) ?? 0;
    if (started >= TELEMETRY_LIMITS.tracesPerNamePerSecondMax) return false;
    if (started === 0 && this.started.size >= TELEMETRY_LIMITS.spanNamesMax) return false;
    this.started.set(name, started + 1);
    return true;
  }
}

import { stackOf } from "./failures.ts";
import type { Facts, SpanRow, Thrown } from "./facts.ts";
import type { Instance } from "./fleet.ts";
import { type KeyValue, SPAN_KINDS, type SpanLink, STATUS_ERROR } from "./otlp-shape.ts";
import type { TopicName } from "./backends.ts";
import type { Random } from "./random.ts";
import { SCOPE_OF, type ScopeName } from "./scopes.ts";
import { errorType, type Visitor } from "./span-attributes.ts";

/** Flags of the W3C trace context: sampled, random trace id; and whether the parent is in another process. */
const FLAGS_LOCAL = 0x103;
const FLAGS_REMOTE = 0x303;

/** A trace while it is told. */
export interface Trace {
  readonly random: Random;
  readonly traceId: string;
  readonly region: number;
  /** Unix milliseconds, a whole number; all other times count from here. */
  readonly startMs: number;
  readonly baseNs: bigint;
  readonly visitor: Visitor;
  /** How busy the shop is, 1 on average: it makes everything a little slower. */
  readonly load: number;
  readonly rows: SpanRow[];
  readonly messages: Message[];
}

/** A message that was sent, and will be received in traces of its own. */
export interface Message {
  readonly topic: TopicName;
  readonly link: { readonly traceId: string; readonly spanId: string };
  readonly sentMs: number;
  readonly partition: number;
  readonly offset: number;
  readonly bodyBytes: number;
}

/** What a span is made of. Its attributes become the span's own. */
export interface Emitted {
  readonly instance: Instance;
  readonly scope: ScopeName;
  readonly name: string;
  readonly kind: keyof typeof SPAN_KINDS;
  readonly spanId: string;
  readonly parentSpanId?: string | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  readonly attributes: KeyValue[];
  readonly facts: Facts;
  /** The value of `error.type`; the span then has the status error. */
  readonly error?: string | undefined;
  readonly thrown?: Thrown | undefined;
  readonly links?: readonly SpanLink[];
}

/** Adds the span to those of its trace. */
export function emitSpan(trace: Trace, of: Emitted): void {
  const endTimeUnixNano = trace.baseNs + nanos(of.toMs);
  if (of.error !== undefined) of.attributes.push(errorType(of.error));
  const remote = of.kind === "server" || of.kind === "consumer";
  trace.rows.push({
    instance: of.instance,
    scope: SCOPE_OF[of.scope],
    durationMs: of.toMs - of.fromMs,
    facts: of.facts,
    span: {
      traceId: trace.traceId,
      spanId: of.spanId,
      ...(of.parentSpanId === undefined ? {} : { parentSpanId: of.parentSpanId }),
      name: of.name,
      kind: SPAN_KINDS[of.kind],
      flags: remote ? FLAGS_REMOTE : FLAGS_LOCAL,
      startTimeUnixNano: trace.baseNs + nanos(of.fromMs),
      endTimeUnixNano,
      attributes: of.attributes,
      ...(of.thrown === undefined
        ? {}
        : { events: [{ timeUnixNano: endTimeUnixNano, ...stackOf(of.thrown) }] }),
      ...(of.links === undefined ? {} : { links: of.links }),
      ...(of.error === undefined
        ? {}
        : { status: { code: STATUS_ERROR, message: of.thrown?.message ?? of.error } }),
    },
  });
}

function nanos(ms: number): bigint {
  return BigInt(Math.round(ms * 1_000_000));
}

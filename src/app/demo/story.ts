import {
  EXTERNALS,
  type ExternalName,
  type ModelUse,
  QUERIES,
  type QueryName,
  TOPICS,
  type TopicName,
} from "./backends.ts";
import { thrownBy } from "./failures.ts";
import type { SpanRow, Thrown } from "./facts.ts";
import { type Fleet, INCIDENT_DELAY, INCIDENT_FAILURE, type Instance } from "./fleet.ts";
import {
  type Latency,
  type Operation,
  type OperationName,
  OPERATIONS,
  type Step,
} from "./operations.ts";
import { text } from "./otlp-shape.ts";
import { Random } from "./random.ts";
import { REGIONS } from "./shop.ts";
import * as attributesOf from "./span-attributes.ts";
import { type Emitted, emitSpan, type Message, type Trace } from "./told-trace.ts";
import { visitorOf } from "./visitors.ts";

const OUTLIER_CHANCE = 0.002;
const NOT_FOUND_CHANCE = 0.004;
/** A failure of these does not fail their callers: the page comes without them. */
const DISPENSABLE: ReadonlySet<string> = new Set(["recommendation"]);

/** Where a step is made: the span that it is part of, and the process. */
interface Place {
  readonly instance: Instance;
  readonly spanId: string;
}

interface Outcome {
  readonly endMs: number;
  readonly failed: boolean;
}

/**
 * Tells what happens in the shop, one trace at a time: the trace that starts with an operation, and
 * those of the messages that it sends. Pure: the same seed, start, number and time give the same spans.
 */
export class Storyteller {
  private readonly seed: number;
  private readonly fleet: Fleet;
  /** What the start changes in trace ids: a second run of a seed tells the same story, not the same traces. */
  private readonly idMask: bigint;

  constructor(options: { seed: number; startMs: number; fleet: Fleet }) {
    const { seed, startMs } = options;
    this.seed = seed;
    this.fleet = options.fleet;
    this.idMask = BigInt(`0x${new Random(seed, startMs, 0x1d).hex(16)}`);
  }

  /**
   * The spans of trace `number`, in the order of their ends within each trace.
   *
   * @example new Storyteller({ seed: 1, startMs, fleet }).tell({ number: 7, operation: "homePage", startMs, load: 1 })
   */
  tell(of: { number: number; operation: OperationName; startMs: number; load: number }): SpanRow[] {
    const random = new Random(this.seed, of.number);
    const startMs = Math.floor(of.startMs);
    const trace: Trace = {
      random,
      traceId: this.traceId(random),
      region: random.chance(REGIONS[0].share) ? 0 : 1,
      startMs,
      baseNs: BigInt(startMs) * 1_000_000n,
      visitor: visitorOf(random),
      load: of.load,
      rows: [],
      messages: [],
    };
    this.serve(trace, of.operation, undefined, random.unit());
    for (const message of trace.messages) this.deliver(trace, message);
    return trace.rows;
  }

  private traceId(random: Random): string {
    const id = BigInt(`0x${random.hex(16)}`) ^ this.idMask;
    return id.toString(16).padStart(32, "0");
  }

  /** The trace of each consumer of the message, linked to the span that sent it. */
  private deliver(trace: Trace, message: Message): void {
    const { random } = trace;
    const topic = TOPICS[message.topic];
    for (const consumer of topic.consumers) {
      const received: Trace = { ...trace, traceId: this.traceId(random) };
      const atMs = message.sentMs + random.logNormal(...topic.waitMs);
      this.run(received, consumer, atMs, ({ instance, thrown }) => ({
        scope: "kafka",
        name: `process ${topic.destination}`,
        kind: "consumer",
        attributes: attributesOf.messageAttributes({
          ...message,
          topic,
          direction: "process",
          instance,
          correlationId: trace.visitor.correlationId,
        }),
        facts: {
          about: "received",
          topic,
          partition: message.partition,
          offset: message.offset,
          thrown,
        },
        links: [{ ...message.link, attributes: [text("messaging.operation.name", "send")] }],
      }));
    }
  }

  /** An operation that is called over HTTP, or starts on a schedule. */
  private serve(
    trace: Trace,
    name: OperationName,
    parentSpanId: string | undefined,
    atMs: number,
  ): Outcome & { instance: Instance; status: number; path: string } {
    const { entry } = OPERATIONS[name];
    const { random, visitor } = trace;
    if (!("route" in entry)) {
      const outcome = this.run(trace, name, atMs, ({ thrown }) =>
        this.jobSpan(trace, entry, thrown),
      );
      return { ...outcome, status: 200, path: "" };
    }
    const { method, route } = entry;
    const path = route.replace(/:id|\{id\}/, visitor.productId).replace("{userId}", visitor.userId);
    const missing = path !== route && random.chance(NOT_FOUND_CHANCE);
    let status = 200;
    const outcome = this.run(trace, name, atMs, ({ instance, thrown }) => {
      if (thrown !== undefined) status = random.chance(0.75) ? 500 : 503;
      else if (missing) status = 404;
      else if (method === "POST") status = 201;
      const order = name === "createOrder" && thrown === undefined ? orderOf(trace) : undefined;
      return {
        scope: "http",
        name: `${method} ${route}`,
        kind: "server",
        parentSpanId,
        attributes: attributesOf.serverAttributes({
          instance,
          method,
          route,
          path,
          status,
          visitor,
        }),
        facts: {
          about: "request",
          method,
          route,
          path,
          status,
          userId: visitor.userId,
          thrown,
          ...(order === undefined ? {} : { order }),
        },
      };
    });
    return { ...outcome, status, path };
  }

  private jobSpan(trace: Trace, entry: Operation["entry"], thrown: Thrown | undefined): SpanShape {
    if (!("cron" in entry)) throw new TypeError("a message does not come by itself");
    return {
      scope: "jobs",
      name: entry.job,
      kind: "internal",
      attributes: attributesOf.jobAttributes({ ...entry, run: trace.visitor.correlationId }),
      facts: { about: "job", job: entry.job, thrown },
    };
  }

  /** Runs the steps of an operation within its span, which `shape` describes once all is known. */
  private run(
    trace: Trace,
    name: OperationName,
    atMs: number,
    shape: (of: { instance: Instance; thrown: Thrown | undefined }) => SpanShape,
  ): Outcome & { instance: Instance } {
    const operation = OPERATIONS[name];
    const { random } = trace;
    const instance = this.fleet.pick(operation.service, trace.region, trace.startMs + atMs, random);
    const faulty = this.fleet.isFaulty(instance, trace.startMs + atMs);
    const spanId = random.hex(8);
    const delayMs = faulty ? random.logNormal(...INCIDENT_DELAY) : 0;
    const ownMs = this.time(trace, operation.ownMs) + delayMs;
    const fails = random.chance(faulty ? INCIDENT_FAILURE : operation.failure);
    const steps = fails
      ? operation.steps.slice(0, random.whole(0, operation.steps.length))
      : operation.steps;
    let cursorMs = atMs + ownMs * 0.4;
    let failed = fails;
    for (const step of steps) {
      const outcome = this.step(trace, { instance, spanId }, step, cursorMs);
      cursorMs = outcome.endMs + 0.02;
      if (outcome.failed && !fails && random.chance(0.8)) {
        failed = true;
        break;
      }
    }
    const endMs = cursorMs + ownMs * 0.6;
    const thrown = failed ? thrownBy(operation.service, random) : undefined;
    const described = shape({ instance, thrown });
    emitSpan(trace, {
      ...described,
      instance,
      spanId,
      fromMs: atMs,
      toMs: endMs,
      thrown,
      error: thrown?.template.type,
    });
    return { endMs, failed, instance };
  }

  private step(trace: Trace, place: Place, step: Step, atMs: number): Outcome {
    const { random } = trace;
    if ("together" in step) return this.together(trace, place, step.together, atMs);
    if (step.chance !== undefined && !random.chance(step.chance))
      return { endMs: atMs, failed: false };
    if ("publish" in step) return this.publish(trace, place, step.publish, atMs);
    if ("model" in step) return this.useModel(trace, place, step.model, atMs);
    if ("external" in step) return this.callExternal(trace, place, step.external, atMs);
    if ("work" in step) return this.work(trace, place, step, atMs);
    const times = step.times === undefined ? 1 : random.whole(...step.times);
    let outcome: Outcome = { endMs: atMs, failed: false };
    for (let round = 0; round < times && !outcome.failed; round++) {
      outcome =
        "http" in step
          ? this.call(trace, place, step.http, outcome.endMs)
          : this.query(trace, place, step.query, outcome.endMs);
    }
    return outcome;
  }

  private together(trace: Trace, place: Place, steps: readonly Step[], atMs: number): Outcome {
    const outcomes = steps.map((step, index) => this.step(trace, place, step, atMs + index * 0.05));
    return {
      endMs: Math.max(...outcomes.map(({ endMs }) => endMs)),
      failed: outcomes.some(({ failed }) => failed),
    };
  }

  private call(trace: Trace, place: Place, name: OperationName, atMs: number): Outcome {
    const { random } = trace;
    const operation = OPERATIONS[name];
    if (!("route" in operation.entry)) throw new TypeError(`${name} is not called over HTTP`);
    const spanId = random.hex(8);
    const served = this.serve(trace, name, spanId, atMs + random.logNormal(0.3, 0.4));
    const endMs = served.endMs + random.logNormal(0.3, 0.4);
    const { status } = served;
    emitSpan(trace, {
      instance: place.instance,
      scope: "http",
      name: operation.entry.method,
      kind: "client",
      spanId,
      parentSpanId: place.spanId,
      fromMs: atMs,
      toMs: endMs,
      attributes: attributesOf.clientAttributes({
        target: served.instance,
        method: operation.entry.method,
        path: served.path,
        status,
        bodyBytes: random.whole(180, 24_000),
        route: operation.entry.route,
      }),
      facts: { about: "other" },
      error: status >= 400 ? String(status) : undefined,
    });
    return { endMs, failed: served.failed && !DISPENSABLE.has(operation.service) };
  }

  private callExternal(trace: Trace, place: Place, name: ExternalName, atMs: number): Outcome {
    const { random } = trace;
    const { method, ms } = EXTERNALS[name];
    const endMs = atMs + this.time(trace, ms);
    const failed = random.chance(0.001_5);
    emitSpan(trace, {
      instance: place.instance,
      scope: "http",
      name: method,
      kind: "client",
      spanId: random.hex(8),
      parentSpanId: place.spanId,
      fromMs: atMs,
      toMs: endMs,
      attributes: attributesOf.externalAttributes(
        name,
        failed ? 503 : 200,
        random.whole(120, 4_000),
      ),
      facts: { about: "other" },
      error: failed ? "503" : undefined,
    });
    return { endMs, failed };
  }

  private query(trace: Trace, place: Place, name: QueryName, atMs: number): Outcome {
    const { random } = trace;
    const query = QUERIES[name];
    const endMs = atMs + this.time(trace, query.ms);
    const rows = query.rowsMax <= 1 ? query.rowsMax : random.whole(1, query.rowsMax);
    emitSpan(trace, {
      instance: place.instance,
      scope: query.system,
      name: `${query.operation} ${query.collection}`,
      kind: "client",
      spanId: random.hex(8),
      parentSpanId: place.spanId,
      fromMs: atMs,
      toMs: endMs,
      attributes: attributesOf.queryAttributes(query, rows, random.whole(1, 8)),
      facts: { about: "query", query, rows },
    });
    return { endMs, failed: false };
  }

  private publish(trace: Trace, place: Place, name: TopicName, atMs: number): Outcome {
    const { random } = trace;
    const topic = TOPICS[name];
    const spanId = random.hex(8);
    const endMs = atMs + random.logNormal(1.8, 0.5);
    const message: Message = {
      topic: name,
      link: { traceId: trace.traceId, spanId },
      sentMs: endMs,
      partition: random.whole(0, topic.partitions - 1),
      offset: Math.floor((trace.startMs % 100_000_000_000) / 50) + random.whole(0, 40),
      bodyBytes: Math.round(random.logNormal(...topic.bodyBytes)),
    };
    trace.messages.push(message);
    emitSpan(trace, {
      instance: place.instance,
      scope: "kafka",
      name: `send ${topic.destination}`,
      kind: "producer",
      spanId,
      parentSpanId: place.spanId,
      fromMs: atMs,
      toMs: endMs,
      attributes: attributesOf.messageAttributes({
        ...message,
        topic,
        direction: "send",
        instance: place.instance,
        correlationId: trace.visitor.correlationId,
      }),
      facts: { about: "sent", topic },
    });
    return { endMs, failed: false };
  }

  private useModel(trace: Trace, place: Place, use: ModelUse, atMs: number): Outcome {
    const { random, visitor } = trace;
    const inputTokens = Math.max(1, Math.round(random.logNormal(...use.inputTokens)));
    const wanted = Math.round(random.logNormal(...use.outputTokens));
    const outputTokens = Math.min(attributesOf.OUTPUT_TOKENS_MAX, wanted);
    const failed = random.chance(0.004);
    const endMs =
      atMs + this.time(trace, use.firstMs) + (failed ? 0 : outputTokens * use.perTokenMs);
    emitSpan(trace, {
      instance: place.instance,
      scope: "model",
      name: `${use.operation} ${use.model}`,
      kind: "client",
      spanId: random.hex(8),
      parentSpanId: place.spanId,
      fromMs: atMs,
      toMs: endMs,
      attributes: attributesOf.modelAttributes({
        use,
        inputTokens,
        outputTokens: failed ? 0 : outputTokens,
        responseId: `resp_${random.hex(12)}`,
        visitor,
      }),
      facts: { about: "model", use, inputTokens, outputTokens: failed ? 0 : outputTokens },
      error: failed ? "rate_limit_exceeded" : undefined,
    });
    return { endMs, failed };
  }

  private work(
    trace: Trace,
    place: Place,
    step: { work: string; ms: Latency },
    atMs: number,
  ): Outcome {
    const { random } = trace;
    const endMs = atMs + this.time(trace, step.ms);
    emitSpan(trace, {
      instance: place.instance,
      scope: "service",
      name: step.work,
      kind: "internal",
      spanId: random.hex(8),
      parentSpanId: place.spanId,
      fromMs: atMs,
      toMs: endMs,
      attributes: attributesOf.workAttributes({
        service: place.instance.service,
        name: step.work,
        thread: random.whole(1, 16),
        visitor: trace.visitor,
      }),
      facts: { about: "other" },
    });
    return { endMs, failed: false };
  }

  private time({ random, load }: Trace, [medianMs, sigma]: Latency): number {
    const ms = random.logNormal(medianMs, sigma) * (0.75 + 0.25 * load);
    return random.chance(OUTLIER_CHANCE) ? ms * (8 + 17 * random.unit()) : ms;
  }
}

type SpanShape = Pick<
  Emitted,
  "scope" | "name" | "kind" | "attributes" | "facts" | "parentSpanId" | "links"
>;

function orderOf({ random, visitor }: Trace): { id: string; total: number; lines: number } {
  const lines = random.whole(1, 6);
  return {
    id: visitor.correlationId,
    lines,
    total: Math.round(random.logNormal(3_800 * lines, 0.6)) / 100,
  };
}

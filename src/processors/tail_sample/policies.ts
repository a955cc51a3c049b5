import { RateLimit } from "./rate-limit.ts";
import type { PolicySettings, SimpleSettings, TestSettings } from "./settings.ts";
import { type SpanTest, spanTestOf } from "./span-tests.ts";

/** Tests whose answers one number holds. */
const BITS = 31;

/** What is known of a trace. It does not rest on the order in which its spans came. */
export interface TraceFacts {
  /** By the numbers of the span tests, whether one of its spans matches: 31 bits each. */
  readonly matched: number[];
  /** The earliest start and the latest end of a span, Unix milliseconds. */
  startMs: number;
  endMs: number;
}

export function noFacts(tests: number): TraceFacts {
  const matched = Array.from({ length: Math.ceil(tests / BITS) }, () => 0);
  return { matched, startMs: Infinity, endMs: -Infinity };
}

export function hasMatched({ matched }: TraceFacts, test: number): boolean {
  return (matched[(test / BITS) | 0]! & (1 << (test % BITS))) !== 0;
}

export function setMatched({ matched }: TraceFacts, test: number): void {
  matched[(test / BITS) | 0]! |= 1 << (test % BITS);
}

type TraceTest = (facts: TraceFacts, spans: number) => boolean;

/** Keeps the traces that pass all tests, as far as chance and limits allow. */
export interface KeepRule {
  readonly name: string;
  readonly tests: readonly TraceTest[];
  /** From 0 to 1. */
  readonly probability: number;
  readonly limits: readonly RateLimit[];
}

/** Drops the traces that pass all tests. */
export interface DropRule {
  readonly name: string;
  readonly tests: readonly TraceTest[];
}

/** The policies of a configuration, ready to be asked. */
export class Policies {
  readonly keep: KeepRule[] = [];
  readonly drop: DropRule[] = [];
  readonly limits: RateLimit[] = [];
  readonly spanTests: SpanTest[] = [];

  constructor(policies: readonly PolicySettings[]) {
    for (const policy of policies) this.add(policy);
  }

  private add(policy: PolicySettings): void {
    const { name } = policy;
    switch (policy.type) {
      case "drop":
        this.drop.push({ name, tests: policy.policies.map((test) => this.traceTest(test)) });
        return;
      case "and":
        this.keep.push(this.ruleOf(name, policy.policies));
        return;
      case "composite":
        for (const { policy: part, percent } of policy.policies) {
          const limit = this.limit("spans", (policy.maxTotalSpansPerSecond * percent) / 100);
          const rule = this.ruleOf(name, [part]);
          this.keep.push({ ...rule, limits: [...rule.limits, limit] });
        }
        return;
      default:
        this.keep.push(this.ruleOf(name, [policy]));
    }
  }

  private ruleOf(name: string, parts: readonly SimpleSettings[]): KeepRule {
    const tests: TraceTest[] = [];
    const limits: RateLimit[] = [];
    let probability = 1;
    for (const part of parts) {
      switch (part.type) {
        case "always_sample":
          break;
        case "probabilistic":
          probability = Math.min(probability, part.samplingPercentage / 100);
          break;
        case "rate_limiting":
          limits.push(
            part.tracesPerSecond === undefined
              ? this.limit("spans", part.spansPerSecond!)
              : this.limit("traces", part.tracesPerSecond),
          );
          break;
        default:
          tests.push(this.traceTest(part));
      }
    }
    return { name, tests, probability, limits };
  }

  private limit(unit: "traces" | "spans", perSecond: number): RateLimit {
    const limit = new RateLimit(unit, perSecond);
    this.limits.push(limit);
    return limit;
  }

  private traceTest(policy: TestSettings): TraceTest {
    const spanTest = spanTestOf(policy);
    const number = spanTest === undefined ? -1 : this.spanTests.push(spanTest) - 1;
    switch (policy.type) {
      case "latency": {
        const { thresholdMs, upperThresholdMs = Infinity } = policy;
        return (facts) => {
          const durationMs = facts.endMs - facts.startMs;
          if (durationMs < thresholdMs || durationMs > upperThresholdMs) return false;
          return number < 0 || hasMatched(facts, number);
        };
      }
      case "span_count": {
        const { minSpans, maxSpans = Infinity } = policy;
        return (_, spans) => spans >= minSpans && spans <= maxSpans;
      }
      case "status_code":
        return (facts) => hasMatched(facts, number);
      default: {
        const { invertMatch } = policy;
        return (facts) => hasMatched(facts, number) !== invertMatch;
      }
    }
  }
}

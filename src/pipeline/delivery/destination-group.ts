import type { Clock } from "#core/clock.ts";
import { PermanentError } from "#core/errors.ts";
import type { Destination } from "../component.ts";
import { attempt } from "./attempt.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import type { BreakerSettings, BreakerState } from "./circuit-breaker.ts";
import { EndpointRefusedError, PartialDeliveryError, RetryAfterError } from "./delivery.ts";
import type { Delivery, DeliveryBounds } from "./delivery.ts";

/**
 * Which member a delivery goes to: the first that is well (failover), each in turn, or the one with the
 * fewest deliveries under way.
 */
export type GroupOrder = "failover" | "round_robin" | "least_pending";

export interface GroupMember {
  readonly name: string;
  readonly destination: Destination;
}

export interface GroupOptions {
  readonly order: GroupOrder;
  /** At least one; for failover in order of preference. */
  readonly members: readonly GroupMember[];
  /**
   * Milliseconds that one member may take. The group as a whole may then take as many times that as it
   * has members: see `attemptMsMax`.
   */
  readonly memberMsMax: number;
  /** Failures after which a member is left alone, and for how long. */
  readonly breaker: BreakerSettings;
  readonly clock: Clock;
  readonly onChange?: (member: string, state: BreakerState) => void;
}

/** One member, for the live view. */
export interface MemberState {
  readonly name: string;
  readonly breaker: BreakerState;
  readonly inFlight: number;
  readonly delivered: number;
  readonly failed: number;
  /** What it counts of itself, in the names of its documentation. */
  readonly statistics: Readonly<Record<string, number>>;
}

interface Member extends GroupMember {
  readonly breaker: CircuitBreaker;
  isStarted: boolean;
  /** Before it no delivery is tried: the member asked for that. Monotonic milliseconds. */
  restUntilMs: number;
  inFlight: number;
  delivered: number;
  failed: number;
}

/**
 * Several destinations as one, with one cursor: a delivery that fails at one is tried at the next, and
 * only when all have failed does it fail, and for good only when all have refused it. A member that keeps
 * failing is left alone for a while and then tried again, so that a failover group returns to its first
 * member when that is well.
 *
 * Rows that a member refuses, or took in part, are not offered to another: it would get some twice.
 */
export class DestinationGroup implements Destination {
  readonly bounds: DeliveryBounds;
  /** What an attempt at the group must be given, so that each member can have its time. */
  readonly attemptMsMax: number;
  readonly #options: GroupOptions;
  readonly #members: readonly Member[];
  #turn = 0;

  constructor(options: GroupOptions) {
    const { members, memberMsMax, breaker, clock, onChange = () => {} } = options;
    if (members.length === 0) throw new RangeError("a group without members");
    this.#options = options;
    this.#members = members.map((member) => ({
      ...member,
      breaker: new CircuitBreaker(breaker, clock, (state) => onChange(member.name, state)),
      isStarted: false,
      restUntilMs: 0,
      inFlight: 0,
      delivered: 0,
      failed: 0,
    }));
    const bounds = members.map(({ destination }) => destination.bounds);
    this.bounds = {
      rowsMax: Math.min(...bounds.map(({ rowsMax }) => rowsMax)),
      bytesMax: Math.min(...bounds.map(({ bytesMax }) => bytesMax)),
      waitMsMax: Math.min(...bounds.map(({ waitMsMax }) => waitMsMax)),
      inFlight: Math.min(...bounds.map(({ inFlight = 1 }) => inFlight)),
    };
    this.attemptMsMax = memberMsMax * members.length;
  }

  /** Resolves when one member has started; the others are started when their turn comes. */
  async start(): Promise<void> {
    const outcomes = await Promise.allSettled(this.#members.map((member) => startOf(member)));
    if (outcomes.some(({ status }) => status === "fulfilled")) return;
    throw firstReason(outcomes);
  }

  async stop(): Promise<void> {
    const outcomes = await Promise.allSettled(
      this.#members.map(async ({ destination }) => destination.stop?.()),
    );
    if (outcomes.some(({ status }) => status === "rejected")) throw firstReason(outcomes);
  }

  async send(delivery: Delivery, cancel: AbortSignal): Promise<void> {
    let failure: Error | undefined;
    let refusal: EndpointRefusedError | undefined;
    let waitMs = Number.POSITIVE_INFINITY;
    for (const member of this.#candidates()) {
      cancel.throwIfAborted();
      const restMs = this.#admit(member);
      if (restMs > 0) {
        waitMs = Math.min(waitMs, restMs);
        continue;
      }
      const error = await this.#try(member, delivery, cancel);
      if (error === undefined) return;
      if (isAboutRows(error)) throw error;
      if (error instanceof RetryAfterError) waitMs = Math.min(waitMs, error.afterMs);
      if (error instanceof EndpointRefusedError) refusal = error;
      else failure = error;
    }
    // Where someone failed just now, how long to wait is for whoever retries to say.
    if (failure !== undefined && !(failure instanceof RetryAfterError)) throw failure;
    // Rows are given up only where nobody is left who may take them.
    if (refusal !== undefined && waitMs === Number.POSITIVE_INFINITY) throw refusal;
    throw new RetryAfterError("no member of the group can be tried now", waitMs, {
      cause: failure ?? refusal,
    });
  }

  states(): MemberState[] {
    return this.#members.map(({ name, destination, breaker, inFlight, delivered, failed }) => ({
      name,
      breaker: breaker.state,
      inFlight,
      delivered,
      failed,
      statistics: destination.statistics?.() ?? {},
    }));
  }

  #candidates(): readonly Member[] {
    const members = this.#members;
    if (this.#options.order === "failover") return members;
    const first = this.#turn++ % members.length;
    const turned = [...members.slice(first), ...members.slice(0, first)];
    if (this.#options.order === "round_robin") return turned;
    return turned.toSorted((a, b) => a.inFlight - b.inFlight);
  }

  /** Milliseconds until a member may be tried; 0 when it is let through now. */
  #admit(member: Member): number {
    const restMs = member.restUntilMs - this.#options.clock.monotonicMs();
    return restMs > 0 ? restMs : member.breaker.admit();
  }

  async #try(member: Member, delivery: Delivery, cancel: AbortSignal): Promise<Error | undefined> {
    const { clock, memberMsMax } = this.#options;
    member.inFlight += 1;
    try {
      await startOf(member);
      await attempt(member.destination, delivery, { clock, msMax: memberMsMax, cancel });
      member.delivered += 1;
      member.breaker.succeeded();
      return undefined;
    } catch (error) {
      if (cancel.aborted) member.breaker.abandoned();
      else this.#judge(member, error);
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      member.inFlight -= 1;
    }
  }

  #judge(member: Member, error: unknown): void {
    if (isAboutRows(error)) {
      member.breaker.succeeded();
      return;
    }
    member.failed += 1;
    if (error instanceof RetryAfterError) {
      member.restUntilMs = this.#options.clock.monotonicMs() + error.afterMs;
      member.breaker.abandoned();
    } else {
      member.breaker.failed();
    }
  }
}

async function startOf(member: Member): Promise<void> {
  if (member.isStarted) return;
  await member.destination.start?.();
  member.isStarted = true;
}

function isAboutRows(error: unknown): boolean {
  const isRefusal = error instanceof PermanentError && !(error instanceof EndpointRefusedError);
  return isRefusal || error instanceof PartialDeliveryError;
}

function firstReason(outcomes: readonly PromiseSettledResult<unknown>[]): Error {
  const rejected = outcomes.find((outcome) => outcome.status === "rejected");
  const reason: unknown = rejected?.reason;
  return reason instanceof Error ? reason : new Error(String(reason));
}

import type { Clock } from "#core/clock.ts";
import type { Destination } from "../component.ts";
import type { Delivery } from "./delivery.ts";

/** How long a `send` may go on after it was told to stop, before it is left to itself. */
const CANCEL_GRACE_MS = 5_000;

/** An attempt took longer than it may; it may be tried again. */
export class AttemptTimeoutError extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms} ms`);
    this.name = "AttemptTimeoutError";
  }
}

/**
 * One `send` that ends: with its own outcome, or with an error once it has taken `msMax` or `cancel`
 * was aborted. A send that does not heed its signal is left to itself shortly after.
 */
export async function attempt(
  destination: Pick<Destination, "send">,
  delivery: Delivery,
  options: { readonly clock: Clock; readonly msMax: number; readonly cancel: AbortSignal },
): Promise<void> {
  const { clock, msMax, cancel } = options;
  const own = new AbortController();
  const timer = clock.setTimeout(() => own.abort(new AttemptTimeoutError(msMax)), msMax);
  const onCancel = (): void => own.abort(cancel.reason);
  if (cancel.aborted) onCancel();
  else cancel.addEventListener("abort", onCancel);
  let grace: { cancel(): void } | undefined;
  try {
    const abandoned = new Promise<never>((_, reject) => {
      own.signal.addEventListener("abort", () => {
        grace = clock.setTimeout(() => reject(asError(own.signal.reason)), CANCEL_GRACE_MS);
      });
    });
    own.signal.throwIfAborted();
    await Promise.race([destination.send(delivery, own.signal), abandoned]);
  } catch (error) {
    // What a client makes of an aborted signal says less than why it was aborted.
    throw own.signal.aborted && isAbort(error) ? asError(own.signal.reason) : error;
  } finally {
    timer.cancel();
    grace?.cancel();
    cancel.removeEventListener("abort", onCancel);
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error("cancelled");
}

import { PermanentError } from "#core/errors.ts";
import type { HistogramPointRow, LogRow, NumberPointRow, SpanRow } from "#core/row-views.ts";

/** A row as an object, of whichever signal. */
export type Row =
  | { readonly kind: "span"; readonly row: SpanRow }
  | { readonly kind: "log"; readonly row: LogRow }
  | { readonly kind: "number_point"; readonly row: NumberPointRow }
  | { readonly kind: "histogram_point"; readonly row: HistogramPointRow };

/** Rows of a journal that are to be sent together, in the journal's order. */
export interface Delivery {
  readonly org: string;
  readonly rows: readonly Row[];
  /**
   * Names these rows among all of the pipeline: the same rows have the same key however often they
   * are sent, also after a crash. For ids of documents, names of objects and idempotency keys.
   */
  readonly key: string;
  /**
   * Names one row, by its place in the delivery: the same row has the same key in whatever portion it
   * is sent. For ids of documents.
   */
  rowKey(index: number): string;
  /** 1 for the first attempt. */
  readonly attempt: number;
}

/** When a portion is full. */
export interface DeliveryBounds {
  readonly rowsMax: number;
  /** Bytes, by the size that the rows have in the journal. */
  readonly bytesMax: number;
  /** How long rows may wait for company. */
  readonly waitMsMax: number;
  /**
   * How many portions it takes at the same time, where the configuration does not say; 1 when left out.
   * For one that can be given rows in any order.
   */
  readonly inFlight?: number;
}

/** The other side took nothing, and said when it may be tried again. */
export class RetryAfterError extends Error {
  readonly afterMs: number;

  constructor(message: string, afterMs: number, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "RetryAfterError";
    this.afterMs = afterMs;
  }
}

/**
 * There is nobody to take whatever the rows are: a path that is not there, an intake that the account does not
 * have. Nothing is won by cutting the portion or by waiting, so all of it becomes dead letters, and it counts
 * against the endpoint's health, so that little is spent on it until someone mends it. A wrong credential is none
 * of this: it is any other error, and rows wait for it to be mended.
 */
export class EndpointRefusedError extends PermanentError {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "EndpointRefusedError";
  }
}

/**
 * The other side took some rows: those named here, by their place in the delivery, it did not. The cause may be a
 * {@link RetryAfterError}, which says how long to wait, or a PermanentError, which says that rows of `again` were
 * refused together: they are cut in two at once, without a retry.
 */
export class PartialDeliveryError extends Error {
  /** To be tried again. */
  readonly again: readonly number[];
  /** Never to be taken, with the reason of each. */
  readonly refused: readonly { readonly index: number; readonly reason: string }[];

  constructor(
    message: string,
    outcome: Pick<PartialDeliveryError, "again" | "refused">,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = "PartialDeliveryError";
    this.again = outcome.again;
    this.refused = outcome.refused;
  }
}

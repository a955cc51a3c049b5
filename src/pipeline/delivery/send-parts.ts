import { messageOf, PermanentError } from "#core/errors.ts";
import { EndpointRefusedError, PartialDeliveryError } from "./delivery.ts";

/** What one request carries: rows of a delivery, by their places in it. */
export interface Part {
  readonly places: readonly number[];
}

/** A row that will never be taken, and why. */
export type Refusal = PartialDeliveryError["refused"][number];

/**
 * Sends a delivery that takes several requests, one after the other, and says of each row what became
 * of it: none that was taken is sent again because of another. After a part that was refused the others
 * are still sent; after any other failure none is.
 *
 * @param rows How many rows the delivery has.
 * @param send Resolves with those rows of the part that were refused, if any.
 * @param refused Rows that are in no part since they cannot be sent.
 * @throws the error of the part itself when nothing of the delivery was settled.
 * @throws PartialDeliveryError when only something was.
 */
export async function sendParts<P extends Part>(
  rows: number,
  parts: readonly P[],
  send: (part: P) => Promise<readonly Refusal[]>,
  refused: readonly Refusal[] = [],
): Promise<void> {
  const dead = [...refused];
  const again: number[] = [];
  let failure: unknown;
  let endpointFailure: EndpointRefusedError | undefined;
  for (const [index, part] of parts.entries()) {
    try {
      dead.push(...(await send(part)));
    } catch (error) {
      if (error instanceof EndpointRefusedError) {
        endpointFailure = error;
        for (const place of part.places) dead.push({ index: place, reason: error.message });
        continue;
      }
      again.push(...part.places);
      failure = error;
      if (error instanceof PermanentError) continue;
      for (const { places } of parts.slice(index + 1)) again.push(...places);
      break;
    }
  }
  if (again.length === rows) throw failure;
  if (again.length > 0) {
    const message = messageOf(failure);
    throw new PartialDeliveryError(message, { again, refused: dead }, { cause: failure });
  }
  if (endpointFailure !== undefined && dead.length === rows) throw endpointFailure;
  if (dead.length > 0)
    throw new PartialDeliveryError(`refused: ${dead[0]!.reason}`, { again: [], refused: dead });
}

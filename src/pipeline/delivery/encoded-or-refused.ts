import { PermanentError, SightglassError } from "#core/errors.ts";

/**
 * What an encoder makes of rows. Where that is larger than any receiver takes (`payload_too_large`), the rows
 * are refused together: fewer of them may do.
 *
 * @example const body = encodedOrRefused(() => protobufRequest(rows));
 * @throws PermanentError when it is too large.
 */
export function encodedOrRefused<Body>(encode: () => Body): Body {
  try {
    return encode();
  } catch (error) {
    const isTooLarge = error instanceof SightglassError && error.code === "payload_too_large";
    throw isTooLarge ? new PermanentError(error.message, { cause: error }) : error;
  }
}

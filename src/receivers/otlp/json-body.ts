import { encodeOtlp } from "#core/otlp/encode.ts";
import type { Signal } from "#core/signal.ts";
import type { DoorLimits } from "#pipeline/intake/door.ts";
import { parsedJson, scanJson } from "#pipeline/intake/json-text.ts";

/**
 * Reads an OTLP/JSON body and encodes it as protobuf, so that both formats have one meaning.
 * Integers beyond 2⁵³ keep all their digits, quoted or not.
 *
 * @throws SightglassError `bad_payload`, or `payload_too_large`.
 */
export function protobufOfJson(signal: Signal, body: Buffer, limits: DoorLimits): Buffer {
  const longIntegers = scanJson(body, limits);
  return encodeOtlp(signal, parsedJson(quoteAt(body, longIntegers)));
}

/** The text, with quotes around the given ranges: proto3's JSON reads quoted integers exactly. */
function quoteAt(body: Buffer, ranges: readonly number[]): string {
  if (ranges.length === 0) return body.toString("utf8");
  const pieces: string[] = [];
  let from = 0;
  for (let index = 0; index < ranges.length; index += 2) {
    const start = ranges[index]!;
    const end = ranges[index + 1]!;
    pieces.push(body.toString("utf8", from, start), '"', body.toString("latin1", start, end), '"');
    from = end;
  }
  pieces.push(body.toString("utf8", from));
  return pieces.join("");
}

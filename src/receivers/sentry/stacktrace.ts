import { isObject, type JsonObject, listIn, objectIn, textIn } from "./envelope.ts";

/** Exceptions of one event, a cause each, and frames of one exception that are looked at. */
const EXCEPTIONS_MAX = 50;
const FRAMES_MAX = 500;

export interface CapturedException {
  readonly type: string;
  readonly message: string;
  readonly isHandled: boolean | undefined;
  readonly mechanism: string | undefined;
  /** Made up by the SDK to carry the stack of a message. */
  readonly isSynthetic: boolean;
  readonly frames: readonly JsonObject[];
}

/** The exceptions of an event, the outermost first, each followed by its cause. */
export function exceptionsOf(event: JsonObject): CapturedException[] {
  const given = event["exception"];
  const values = isObject(given) ? listIn(given, "values") : listIn(event, "exception");
  // Sentry has the cause before what it caused.
  return values.filter(isObject).slice(-EXCEPTIONS_MAX).toReversed().map(captured);
}

function captured(exception: JsonObject): CapturedException {
  const mechanism = objectIn(exception, "mechanism");
  const { handled, synthetic } = mechanism;
  const frames = listIn(objectIn(exception, "stacktrace"), "frames");
  const type = textIn(exception, "type");
  return {
    type: type ?? "Error",
    message: textIn(exception, "value") ?? "",
    isHandled: typeof handled === "boolean" ? handled : undefined,
    mechanism: textIn(mechanism, "type"),
    isSynthetic: synthetic === true && type === undefined,
    frames: frames.filter(isObject).slice(-FRAMES_MAX),
  };
}

/** The stack as runtimes print it: the innermost call first, causes after what they caused. */
export function stacktraceText(exceptions: readonly CapturedException[]): string {
  return exceptions.map(exceptionText).join("\nCaused by: ");
}

function exceptionText({ type, message, frames }: CapturedException): string {
  // Sentry has the innermost call last.
  return [`${type}: ${message}`, ...frames.toReversed().map(frameText)].join("\n");
}

function frameText(frame: JsonObject): string {
  const where = textIn(frame, "filename") ?? textIn(frame, "abs_path") ?? textIn(frame, "module");
  const name = textIn(frame, "function") ?? "?";
  const place = [where ?? "?", frame["lineno"], frame["colno"]].filter(
    (part) => typeof part === "string" || typeof part === "number",
  );
  return `    at ${name} (${place.join(":")})`;
}

import { setTimeout as pause } from "node:timers/promises";
import { type ServerSentEvent, ServerSentEvents } from "#core/server-sent-events.ts";
import { ExitError } from "./exit-codes.ts";
import { refusal, unreachable } from "./server-request.ts";

export type StreamEvent = ServerSentEvent;

/** A stream of events of a running server, read until `stop`. */
export interface ServerStream {
  /** For messages: `tail`. */
  readonly command: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly stop: AbortSignal;
  /** The next event is read when it resolves. */
  readonly onEvent: (event: StreamEvent) => Promise<void>;
  /** The connection ended, and another is tried. */
  readonly onBroken: () => void;
}

const BACKOFF_MS = [500, 1_000, 2_000, 5_000] as const;
/** Above this without an event a connection counts as broken: a heartbeat comes each 15 seconds. */
const SILENT_MS_MAX = 40_000;

/**
 * Reads events, and connects again where the connection breaks, from the last event on. Resolves when
 * `stop` says so.
 *
 * @throws ExitError when the first connection cannot be had, or the server refuses.
 */
export async function readStream(stream: ServerStream): Promise<void> {
  const { stop, onBroken } = stream;
  let lastId = "";
  let failures = 0;
  let hasConnected = false;
  while (!stop.aborted) {
    try {
      for await (const event of connection(stream, lastId)) {
        hasConnected = true;
        failures = 0;
        lastId = event.id;
        await stream.onEvent(event);
      }
    } catch (error) {
      if (stop.aborted) return;
      if (!hasConnected || !(error instanceof BrokenError)) throw asExit(error, stream.url);
    }
    if (stop.aborted) return;
    if (failures === 0) onBroken();
    const waitMs = BACKOFF_MS[Math.min(failures++, BACKOFF_MS.length - 1)];
    await pause(waitMs, undefined, { signal: stop }).catch(() => {});
  }
}

/** The connection ended, or could not be had: another may work. */
class BrokenError extends Error {}

function asExit(error: unknown, url: URL): unknown {
  if (!(error instanceof BrokenError)) return error;
  return error.cause instanceof ExitError ? error.cause : unreachable(url, error.cause);
}

async function* connection(
  { command, url, headers, stop }: ServerStream,
  lastId: string,
): AsyncGenerator<StreamEvent> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), SILENT_MS_MAX);
  try {
    const response = await fetch(url, {
      headers: {
        accept: "text/event-stream",
        ...headers,
        ...(lastId === "" ? {} : { "last-event-id": lastId }),
      },
      signal: AbortSignal.any([stop, silence.signal]),
    }).catch((cause: unknown) => {
      throw new BrokenError("no connection", { cause });
    });
    if (!response.ok) {
      const body: unknown = await response.json().catch(() => undefined);
      const refused = refusal(command, response.status, body);
      // It is starting, stopping or busy.
      if (response.status === 503 || response.status === 429)
        throw new BrokenError(refused.message, { cause: refused });
      throw refused;
    }
    const events = new ServerSentEvents(lastId);
    for await (const text of textsOf(response)) {
      timer.refresh();
      yield* events.read(text);
    }
  } finally {
    clearTimeout(timer);
  }
}

async function* textsOf({ body }: Response): AsyncGenerator<string> {
  if (body === null) return;
  const decoder = new TextDecoder();
  try {
    for await (const chunk of body) yield decoder.decode(chunk, { stream: true });
  } catch (cause) {
    throw new BrokenError("the connection broke", { cause });
  }
}

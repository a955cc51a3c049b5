import { ServerSentEvents, type ServerSentEvent } from "#core/server-sent-events.ts";

/** Why a connection ended, and when another may be tried. */
export type ConnectionEnd =
  /** It broke, or nothing answered. */
  | { readonly kind: "broken" }
  /** The server is busy, and says for how long. */
  | { readonly kind: "busy"; readonly retryMs: number }
  | { readonly kind: "unauthorized" }
  /** There is no such stream here, or what was asked for is wrong: asking again would not help. */
  | { readonly kind: "refused"; readonly detail: string };

export interface ConnectionOptions {
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of the event that was read last. */
  readonly lastId: string | undefined;
  readonly cancel: AbortSignal;
  /** Events, as many as came at once. */
  readonly onEvents: (events: readonly ServerSentEvent[]) => void;
}

/** Above this without a single event the connection counts as broken: a heartbeat comes each 15 seconds. */
const SILENT_MS_MAX = 40_000;
const BUSY_MS_DEFAULT = 5_000;

/** Reads one answer of server-sent events to its end. Never rejects. */
export async function readEvents(options: ConnectionOptions): Promise<ConnectionEnd> {
  const { address, headers, lastId, cancel } = options;
  const silence = new AbortController();
  const signal = AbortSignal.any([cancel, silence.signal]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const heard = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENT_MS_MAX);
  };
  heard();
  try {
    const response = await fetch(address, {
      headers: {
        accept: "text/event-stream",
        ...headers,
        ...(lastId === undefined ? {} : { "last-event-id": lastId }),
      },
      signal,
    });
    const refused = await refusalOf(response);
    if (refused !== undefined) return refused;
    await readBody(response, options, heard);
  } catch {
    // A broken connection and one that was ended here look alike, and both are over.
  } finally {
    clearTimeout(timer);
    // Of an answer that is not read to its end the connection would stay open.
    silence.abort();
  }
  return { kind: "broken" };
}

async function readBody(
  { body }: Response,
  { lastId, onEvents }: ConnectionOptions,
  heard: () => void,
): Promise<void> {
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  const events = new ServerSentEvents(lastId);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    const read = events.read(value);
    if (read.length > 0) onEvents(read);
  }
}

async function refusalOf(response: Response): Promise<ConnectionEnd | undefined> {
  const { status, headers } = response;
  if (status === 200 && (headers.get("content-type") ?? "").startsWith("text/event-stream"))
    return undefined;
  if (status === 401) return { kind: "unauthorized" };
  if (status === 429 || status === 503) {
    const seconds = Number(headers.get("retry-after") ?? "");
    return { kind: "busy", retryMs: seconds > 0 ? seconds * 1_000 : BUSY_MS_DEFAULT };
  }
  if (status >= 500) return { kind: "broken" };
  return { kind: "refused", detail: await detailOf(response) };
}

async function detailOf(response: Response): Promise<string> {
  try {
    const body: unknown = await response.json();
    const has = typeof body === "object" && body !== null && "detail" in body;
    return has && typeof body.detail === "string" ? body.detail : "";
  } catch {
    return "";
  }
}

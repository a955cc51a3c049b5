import { until } from "#pipeline/testing/until.ts";
import { type ServerSentEvent, ServerSentEvents } from "#core/server-sent-events.ts";

/** A client of `GET /api/v1/tail`, which reads as long as it is open. */
export class TailReader {
  readonly response: Response;
  readonly events: ServerSentEvent[] = [];
  /** Set when the server ended the stream. */
  hasEnded = false;
  private readonly cancel: AbortController;

  private constructor(response: Response, cancel: AbortController) {
    this.response = response;
    this.cancel = cancel;
    void this.read();
  }

  /** Opens a stream; resolves when there is an answer, whatever it is. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<TailReader> {
    const cancel = new AbortController();
    return new TailReader(await fetch(url, { headers, signal: cancel.signal }), cancel);
  }

  /** Ends it from this side, as a lost connection does. */
  close(): void {
    this.cancel.abort();
  }

  named(name: string): ServerSentEvent[] {
    return this.events.filter(({ event }) => event === name);
  }

  /** The data of the events of a name. */
  data(name: string): unknown[] {
    return this.named(name).map(({ data }) => JSON.parse(data) as unknown);
  }

  /** Waits for so many events of a name. */
  until(name: string, count = 1): Promise<void> {
    return until(() => this.named(name).length >= count);
  }

  private async read(): Promise<void> {
    const events = new ServerSentEvents();
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.response.body!)
        this.events.push(...events.read(decoder.decode(chunk, { stream: true })));
      this.hasEnded = true;
    } catch {
      // It was closed here.
    }
  }
}

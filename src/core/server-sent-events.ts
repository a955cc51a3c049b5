/** One event of a stream. */
export interface ServerSentEvent {
  /** `message` where the stream names none. */
  readonly event: string;
  readonly data: string;
  /** The id that holds from this event on: that of the last one that had any. */
  readonly id: string;
}

/** Characters of one event. What is longer is no stream of ours. */
const EVENT_CHARACTERS_MAX = 4 * 1024 * 1024;

/**
 * Reads server-sent events from pieces of text, wherever they were cut. Comments and `retry` are left out.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 *
 * @example
 * const events = new ServerSentEvents();
 * for await (const piece of pieces) for (const { event, data } of events.read(piece)) …
 */
export class ServerSentEvents {
  private rest = "";
  private event = "";
  private data: string[] = [];
  private characters = 0;
  private id: string;
  private isFirst = true;

  /** @param id of the last event of the stream that this one goes on with. */
  constructor(id = "") {
    this.id = id;
  }

  /** The events that end within what was read so far. @throws RangeError for one that is too long. */
  read(piece: string): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    const text = this.rest + this.withoutMark(piece);
    let from = 0;
    for (;;) {
      const end = lineEnd(text, from);
      if (end === undefined) break;
      const event = this.line(text.slice(from, end.at));
      if (event !== undefined) events.push(event);
      from = end.next;
    }
    this.rest = text.slice(from);
    if (this.rest.length + this.characters > EVENT_CHARACTERS_MAX)
      throw new RangeError(`an event of more than ${EVENT_CHARACTERS_MAX} characters`);
    return events;
  }

  private withoutMark(piece: string): string {
    if (!this.isFirst || piece === "") return piece;
    this.isFirst = false;
    return piece.startsWith("\ufeff") ? piece.slice(1) : piece;
  }

  private line(line: string): ServerSentEvent | undefined {
    if (line === "") return this.dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return undefined;
    const field = colon < 0 ? line : line.slice(0, colon);
    const written = colon < 0 ? "" : line.slice(colon + 1);
    const value = written.startsWith(" ") ? written.slice(1) : written;
    if (field === "event") this.event = value;
    else if (field === "id" && !value.includes("\0")) this.id = value;
    else if (field === "data") {
      this.data.push(value);
      this.characters += value.length;
    }
    return undefined;
  }

  private dispatch(): ServerSentEvent | undefined {
    const { event, data, id } = this;
    this.event = "";
    this.data = [];
    this.characters = 0;
    if (data.length === 0) return undefined;
    return { event: event === "" ? "message" : event, data: data.join("\n"), id };
  }
}

/** Where the line ends that begins at `from`; undefined while its end has not come. */
function lineEnd(text: string, from: number): { at: number; next: number } | undefined {
  for (let at = from; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === 0x0a) return { at, next: at + 1 };
    if (character !== 0x0d) continue;
    // It may be followed by the other half of its end.
    if (at + 1 === text.length) return undefined;
    return { at, next: text.charCodeAt(at + 1) === 0x0a ? at + 2 : at + 1 };
  }
  return undefined;
}

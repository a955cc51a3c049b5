import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { type Envelope, envelopesOf, problemOf } from "./hec-events.ts";

/** What the server takes as its token. */
export const TOKEN = "00000000-0000-4000-8000-000000000000";

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** An answer as HEC gives it. */
class HecAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    this.status = status;
    this.body = body;
  }
}

function said(status: number, code: number, text: string, more: object = {}): HecAnswer {
  return new HecAnswer(status, { text, code, ...more });
}

interface Channel {
  issued: number;
  /** Requests that were indexed and have not been said to be. */
  readonly indexed: Set<number>;
}

/**
 * As much of an HTTP Event Collector as its documentation says about events, metrics and acknowledgement,
 * and strict: an envelope has nothing that the documentation does not know. Which event an answer names,
 * and which events were taken then, is as measured of Splunk 10: codes 6, 12, 13 and 15 count from 0, code
 * 7 from 1, and the events before it are indexed.
 * https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/troubleshoot-http-event-collector
 */
export class HecServer {
  readonly url: string;
  /** What was taken, in order. */
  readonly taken: Envelope[] = [];
  /** Of each request. */
  readonly seen: { readonly path: string; readonly bytes: number; readonly events: number }[] = [];
  readonly channels = new Map<string, Channel>();
  /** Whether the token has indexer acknowledgement. */
  useAck = false;
  /** Whether what is taken is indexed at once, as far as acknowledgements say. */
  isIndexing = true;
  maxContentLength = 838_860_800;
  readonly indexes = new Set(["main", "metrics"]);
  /** The code with which an event is refused, if it is. */
  refuse: (event: Envelope) => number | undefined = () => undefined;
  /** Answers in place of the server when it returns true. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  /** Whether the connection breaks in the middle of an answer, once its request was carried out. */
  isAnswerLost: (path: string) => boolean = () => false;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<HecServer> {
    const started: { own?: HecServer } = {};
    const server = createServer((request, response) => void started.own?.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    started.own = new HecServer(server);
    return started.own;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Indexes all that was taken. */
  index(): void {
    for (const { issued, indexed } of this.channels.values())
      for (let id = 0; id < issued; id += 1) indexed.add(id);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.intercept(request, response)) return;
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const { status, body } = this.carryOut(request, Buffer.concat(parts));
    const text = JSON.stringify(body);
    response.writeHead(status, {
      "content-type": "application/json; charset=UTF-8",
      "content-length": text.length,
    });
    if (!this.isAnswerLost(request.url!)) response.end(text);
    else response.write(text.slice(0, 5), () => response.destroy());
  }

  private carryOut(request: IncomingMessage, sent: Buffer): HecAnswer {
    const { method, url: path = "", headers } = request;
    const scheme = /^(\S+) (\S+)$/.exec(headers.authorization ?? "");
    if (headers.authorization === undefined) return said(401, 2, "Token is required");
    if (scheme?.[1] !== "Splunk") return said(401, 3, "Invalid authorization");
    if (scheme[2] !== TOKEN) return said(403, 4, "Invalid token");
    if (method !== "POST") return said(405, 404, "The requested URL was not found on this server.");
    const channel = headers["x-splunk-request-channel"];
    if (typeof channel === "string" && !GUID.test(channel))
      return said(400, 11, "Invalid data channel");
    if (this.useAck && typeof channel !== "string") return said(400, 10, "Data channel is missing");
    const known = this.channelOf(String(channel));
    if (path === "/services/collector/ack") {
      if (!this.useAck) return said(400, 14, "ACK is disabled");
      this.seen.push({ path, bytes: sent.length, events: 0 });
      return acks(sent, known);
    }
    if (path !== "/services/collector/event")
      return said(404, 404, "The requested URL was not found on this server.");
    const isPacked = headers["content-encoding"] === "gzip";
    const text = (isPacked ? gunzipSync(sent) : sent).toString();
    if (Buffer.byteLength(text) > this.maxContentLength)
      return said(413, 413, "Content-Length too large");
    return this.events(text, known, sent.length);
  }

  private events(text: string, channel: Channel, bytes: number): HecAnswer {
    const { envelopes, isBroken } = envelopesOf(text);
    this.seen.push({ path: "/services/collector/event", bytes, events: envelopes.length });
    if (envelopes.length === 0 && !isBroken) return said(400, 5, "No data");
    for (const [at, envelope] of envelopes.entries()) {
      const isWrongIndex = envelope.index !== undefined && !this.indexes.has(envelope.index);
      const code = problemOf(envelope) ?? this.refuse(envelope) ?? (isWrongIndex ? 7 : undefined);
      if (code === undefined) this.taken.push(envelope);
      else return this.stopped(code, code === 7 ? at + 1 : at, at, channel);
    }
    if (isBroken) return this.stopped(6, envelopes.length, envelopes.length, channel);
    return said(200, 0, "Success", this.ackOf(channel));
  }

  private stopped(code: number, number: number, taken: number, channel: Channel): HecAnswer {
    const ack = taken > 0 ? this.ackOf(channel) : {};
    return said(400, code, TEXTS[code] ?? "", { "invalid-event-number": number, ...ack });
  }

  private ackOf(channel: Channel): { ackId?: number } {
    if (!this.useAck) return {};
    const ackId = channel.issued;
    channel.issued += 1;
    if (this.isIndexing) channel.indexed.add(ackId);
    return { ackId };
  }

  private channelOf(name: string): Channel {
    let channel = this.channels.get(name);
    if (channel === undefined)
      this.channels.set(name, (channel = { issued: 0, indexed: new Set() }));
    return channel;
  }
}

const TEXTS: Readonly<Record<number, string>> = {
  6: "Invalid data format",
  7: "Incorrect index",
  12: "Event field is required",
  13: "Event field cannot be blank",
  15: "Error in handling indexed fields",
};

/** `true` is said once of a request; `false` of one that is not indexed, and of one that nobody knows. */
function acks(sent: Buffer, { indexed }: Channel): HecAnswer {
  const { acks: asked } = JSON.parse(sent.toString()) as { acks: number[] };
  const answered = asked.map((id) => [String(id), indexed.delete(id)] as const);
  return new HecAnswer(200, { acks: Object.fromEntries(answered) });
}

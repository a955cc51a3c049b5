import * as http from "node:http";
import * as https from "node:https";
import type { Signal } from "#core/signal.ts";
import {
  type Answer,
  readPartialSuccess,
  REQUEST_MS_MAX,
  type Transport,
  type TransportOptions,
} from "./transport.ts";

/** The statuses that OTLP/HTTP lets a sender try again after. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** How much of an answer is read. */
const ANSWER_BYTES_MAX = 64 * 1024;

/** OTLP over HTTP on connections that are kept. */
export class HttpTransport implements Transport {
  private readonly options: TransportOptions;
  private readonly agent: http.Agent;

  constructor(options: TransportOptions) {
    this.options = options;
    const settings = { keepAlive: true, maxSockets: options.connectionsMax };
    const secure = options.endpoint.protocol === "https:";
    this.agent = secure ? new https.Agent(settings) : new http.Agent(settings);
  }

  send(signal: Signal, gzipped: Uint8Array): Promise<Answer> {
    const { endpoint, token } = this.options;
    const { request: start } = endpoint.protocol === "https:" ? https : http;
    return new Promise((resolve) => {
      const request = start(
        new URL(`v1/${signal}`, endpoint),
        {
          method: "POST",
          agent: this.agent,
          timeout: REQUEST_MS_MAX,
          headers: {
            "content-type": "application/x-protobuf",
            "content-encoding": "gzip",
            "content-length": gzipped.length,
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          response.on("data", (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes <= ANSWER_BYTES_MAX) chunks.push(chunk);
          });
          response.on("error", (error) => resolve(failed(error)));
          response.on("end", () => resolve(answerOf(response, Buffer.concat(chunks))));
        },
      );
      request.on("timeout", () => request.destroy(new Error("no answer in time")));
      request.on("error", (error) => resolve(failed(error)));
      request.end(gzipped);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

function answerOf({ statusCode = 0, headers }: http.IncomingMessage, body: Buffer): Answer {
  if (statusCode >= 200 && statusCode < 300)
    return { outcome: "accepted", ...readPartialSuccess(body) };
  const message = `${statusCode} ${printable(body)}`.trim();
  if (!RETRYABLE.has(statusCode)) return { outcome: "refused", rejected: 0, message };
  const seconds = Number(headers["retry-after"]);
  const retryAfterMs = seconds >= 0 ? seconds * 1_000 : undefined;
  return { outcome: "retry", rejected: 0, message, retryAfterMs };
}

/** The readable text of a `google.rpc.Status`, which is protobuf. */
function printable(body: Buffer): string {
  return body
    .toString("utf8", 0, 400)
    .replaceAll(/[^\x20-\x7e]+/g, " ")
    .trim();
}

function failed(error: Error): Answer {
  return { outcome: "retry", rejected: 0, message: error.message || error.name };
}

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

/** What the server takes. */
export const KEYS = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
} as const;
export const REGION = "eu-central-1";

const TARGET = "Logs_20140328.";
const DAY_MS = 86_400_000;
const SKEW_MS_MAX = 300_000;

const groupName = z.string().regex(/^[.\-_/#A-Za-z0-9]{1,512}$/);
const streamName = z.string().regex(/^[^:*]{1,512}$/);
const event = z.strictObject({ timestamp: z.int().min(0), message: z.string().min(1) });

/** The inputs of the API's service model (logs-2014-03-28), as far as its members are used here. */
const INPUTS = {
  CreateLogGroup: z.strictObject({ logGroupName: groupName }),
  CreateLogStream: z.strictObject({ logGroupName: groupName, logStreamName: streamName }),
  PutRetentionPolicy: z.strictObject({ logGroupName: groupName, retentionInDays: z.int() }),
  PutLogEvents: z.strictObject({
    logGroupName: groupName,
    logStreamName: streamName,
    logEvents: z.array(event).min(1).max(10_000),
  }),
} as const;

type Action = keyof typeof INPUTS;
type PutInput = z.infer<(typeof INPUTS)["PutLogEvents"]>;
type StoredEvent = z.infer<typeof event>;

interface Group {
  retentionDays: number | undefined;
  readonly streams: Map<string, StoredEvent[]>;
}

class Problem extends Error {
  readonly status: number;
  readonly code: string;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** CloudWatch Logs as its service model and its guide describe it, with strict limits and signatures that are verified. */
export class LogsServer {
  readonly groups = new Map<string, Group>();
  /** Each request's action, in order. */
  readonly actions: string[] = [];
  /** What it is asked now, where a test wants to answer itself: true when it did. */
  intercept: (action: string, response: ServerResponse, body: Buffer) => boolean = () => false;
  readonly #server: Server;
  readonly #nowMs: () => number;

  private constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => this.#answer(request, Buffer.concat(parts), response));
    });
  }

  static async start(nowMs: () => number): Promise<LogsServer> {
    const own = new LogsServer(nowMs);
    await new Promise<void>((resolve) => own.#server.listen(0, "127.0.0.1", resolve));
    return own;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** All events of a stream, in the order in which they were put. */
  events(group: string, stream: string): readonly StoredEvent[] {
    return this.groups.get(group)?.streams.get(stream) ?? [];
  }

  #answer(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const target = String(request.headers["x-amz-target"]);
    const action = target.startsWith(TARGET) ? target.slice(TARGET.length) : target;
    this.actions.push(action);
    if (this.intercept(action, response, body)) return;
    const headers = { "content-type": "application/x-amz-json-1.1" };
    try {
      const answer = this.#judge(request, action, body);
      response.writeHead(200, headers).end(answer === undefined ? "" : JSON.stringify(answer));
    } catch (error) {
      const { status, code, message } =
        error instanceof Problem ? error : new Problem("InternalFailure", String(error), 500);
      response.writeHead(status, headers).end(JSON.stringify({ __type: code, message }));
    }
  }

  #judge(request: IncomingMessage, action: string, body: Buffer): object | undefined {
    if (request.method !== "POST" || request.url !== "/")
      throw new Problem("UnknownOperationException", `${request.method} ${request.url}`);
    if (request.headers["content-type"] !== "application/x-amz-json-1.1")
      throw new Problem("UnknownOperationException", "content-type");
    verifySignature(request, body, this.#nowMs());
    if (!Object.hasOwn(INPUTS, action)) throw new Problem("UnknownOperationException", action);
    const found = INPUTS[action as Action].safeParse(JSON.parse(body.toString()));
    if (!found.success) throw new Problem("InvalidParameterException", found.error.message);
    switch (action as Action) {
      case "CreateLogGroup":
        return this.#createGroup(found.data.logGroupName);
      case "CreateLogStream":
        return this.#createStream(found.data as z.infer<(typeof INPUTS)["CreateLogStream"]>);
      case "PutRetentionPolicy":
        return this.#retain(found.data as z.infer<(typeof INPUTS)["PutRetentionPolicy"]>);
      case "PutLogEvents":
        return this.#put(found.data as PutInput);
    }
  }

  #createGroup(name: string): undefined {
    if (this.groups.has(name))
      throw new Problem("ResourceAlreadyExistsException", "The specified log group already exists");
    this.groups.set(name, { retentionDays: undefined, streams: new Map() });
  }

  #createStream({ logGroupName, logStreamName }: { logGroupName: string; logStreamName: string }) {
    const { streams } = this.#group(logGroupName);
    if (streams.has(logStreamName))
      throw new Problem(
        "ResourceAlreadyExistsException",
        "The specified log stream already exists",
      );
    streams.set(logStreamName, []);
    return undefined;
  }

  #retain(input: { logGroupName: string; retentionInDays: number }): undefined {
    this.#group(input.logGroupName).retentionDays = input.retentionInDays;
  }

  #put({ logGroupName, logStreamName, logEvents }: PutInput): object {
    const { streams, retentionDays } = this.#group(logGroupName);
    const stream = streams.get(logStreamName);
    if (stream === undefined)
      throw new Problem("ResourceNotFoundException", "The specified log stream does not exist.");
    judgeBatch(logEvents);
    const nowMs = this.#nowMs();
    const oldestMs = nowMs - 14 * DAY_MS;
    const retainedMs = retentionDays === undefined ? 0 : nowMs - retentionDays * DAY_MS;
    const tooOld = logEvents.filter(({ timestamp }) => timestamp < oldestMs).length;
    const expired = logEvents.filter(({ timestamp }) => timestamp < retainedMs).length;
    const tooNew = logEvents.findIndex(({ timestamp }) => timestamp > nowMs + 7_200_000);
    const end = tooNew < 0 ? logEvents.length : tooNew;
    stream.push(...logEvents.slice(Math.max(tooOld, expired), end));
    const rejected = {
      ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
      ...(expired > 0 ? { expiredLogEventEndIndex: expired } : {}),
      ...(tooNew < 0 ? {} : { tooNewLogEventStartIndex: tooNew }),
    };
    const isAll = Object.keys(rejected).length === 0;
    return { nextSequenceToken: "0", ...(isAll ? {} : { rejectedLogEventsInfo: rejected }) };
  }

  #group(name: string): Group {
    const group = this.groups.get(name);
    if (group === undefined)
      throw new Problem("ResourceNotFoundException", "The specified log group does not exist.");
    return group;
  }
}

function judgeBatch(events: readonly StoredEvent[]): void {
  let bytes = 0;
  for (const [index, { timestamp, message }] of events.entries()) {
    bytes += Buffer.byteLength(message) + 26;
    if (timestamp < (events[index - 1]?.timestamp ?? 0))
      throw new Problem("InvalidParameterException", "Log events must be in chronological order");
  }
  if (bytes > 1_048_576)
    throw new Problem(
      "InvalidParameterException",
      `Upload too large: ${bytes} bytes exceeds limit`,
    );
  if (events.at(-1)!.timestamp - events[0]!.timestamp > DAY_MS)
    throw new Problem("InvalidParameterException", "The batch of log events spans over 24 hours");
}

/**
 * Computes the signature anew, by the letter of the guide
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
function verifySignature(request: IncomingMessage, body: Buffer, nowMs: number): void {
  const { headers } = request;
  const fields =
    /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? "",
    );
  if (fields === null)
    throw new Problem("MissingAuthenticationTokenException", "Missing Authentication Token");
  const [, credential = "", signedHeaders = "", signature = ""] = fields;
  const time = String(headers["x-amz-date"]);
  const [key, ...scope] = credential.split("/");
  if (key !== KEYS.accessKeyId)
    throw new Problem("UnrecognizedClientException", "The security token is invalid.");
  if (scope.join("/") !== `${time.slice(0, 8)}/${REGION}/logs/aws4_request`)
    throw new Problem("InvalidSignatureException", `Credential should be scoped to ${REGION}/logs`);
  const sentMs = Date.parse(time.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5"));
  if (!(Math.abs(sentMs - nowMs) <= SKEW_MS_MAX))
    throw new Problem("InvalidSignatureException", "Signature expired");
  for (const name of ["host", "x-amz-date", "x-amz-target", "content-type"])
    if (!signedHeaders.split(";").includes(name))
      throw new Problem("InvalidSignatureException", `${name} is not signed`);
  const canonical = [
    request.method,
    "/",
    "",
    ...signedHeaders.split(";").map((name) => `${name}:${String(headers[name]).trim()}`),
    "",
    signedHeaders,
    createHash("sha256").update(body).digest("hex"),
  ].join("\n");
  const text = [
    "AWS4-HMAC-SHA256",
    time,
    scope.join("/"),
    createHash("sha256").update(canonical).digest("hex"),
  ].join("\n");
  const signingKey = scope.reduce<string | Buffer>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    `AWS4${KEYS.secretAccessKey}`,
  );
  const expected = createHmac("sha256", signingKey).update(text).digest();
  if (!timingSafeEqual(expected, Buffer.from(signature, "hex")))
    throw new Problem("InvalidSignatureException", "The request signature does not match");
}

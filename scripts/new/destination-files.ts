import type { Component } from "./component.ts";

/** A destination that posts rows as JSON, by the names of its files. */
export function destinationFiles({ type, file, value, name }: Component): Record<string, string> {
  return {
    "settings.ts": `import { z } from "zod";

/** Times are milliseconds. */
export const settings = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .describe("Where rows are sent to.")
    .meta({ examples: ["https://example.com/rows"] }),
  token: z
    .string()
    .regex(/^[!-~]+$/, "text on one line without blanks")
    .optional()
    .describe("Sent as bearer token.")
    .meta({ secret: true, examples: ["\${env:${type.toUpperCase()}_TOKEN}"] }),
  timeout: z
    .int()
    .min(100)
    .max(300_000)
    .default(30_000)
    .describe("How long one request may take."),
  allowPrivate: z
    .boolean()
    .default(false)
    .describe("Whether the address may be a private or loopback one."),
});

export type ${name}Settings = z.output<typeof settings>;
`,
    [`${file}.ts`]: `import type { Clock } from "#core/clock.ts";
import { defineComponent, type Destination } from "#pipeline/component.ts";
import type { Delivery, DeliveryBounds } from "#pipeline/delivery/delivery.ts";
import { jsonOfRow } from "#pipeline/delivery/row-json.ts";
import { wellFormedJson } from "#pipeline/delivery/well-formed-json.ts";
import { answerError } from "#pipeline/outbound/answer-error.ts";
import { destinationUrl } from "#pipeline/outbound/destination-url.ts";
import { Outbound } from "#pipeline/outbound/outbound.ts";
import { settings, type ${name}Settings } from "./settings.ts";

const BOUNDS: DeliveryBounds = { rowsMax: 500, bytesMax: 1_048_576, waitMsMax: 1_000 };

/** Sends rows as a JSON array. */
export const ${value} = defineComponent({
  kind: "destination",
  type: "${type}",
  summary: "Sends rows as JSON arrays to an HTTP address.",
  signals: { traces: "experimental", metrics: "experimental", logs: "experimental" },
  settings,
  create: (given: ${name}Settings, { clock }) => new ${name}Destination(given, clock),
});

class ${name}Destination implements Destination {
  readonly bounds = BOUNDS;
  private readonly given: ${name}Settings;
  private readonly clock: Clock;
  private readonly outbound: Outbound;
  private sent = 0;

  constructor(given: ${name}Settings, clock: Clock) {
    this.given = given;
    this.clock = clock;
    this.outbound = new Outbound({ allowPrivate: given.allowPrivate, clock });
  }

  /** @throws SightglassError \`config_invalid\` when the address is not allowed. */
  async start(): Promise<void> {
    destinationUrl(this.given.url, this.given);
  }

  async stop(): Promise<void> {
    this.outbound.close();
  }

  async send({ rows, key }: Delivery, cancel: AbortSignal): Promise<void> {
    const { url, token, timeout } = this.given;
    const answer = await this.outbound.request({
      method: "POST",
      url,
      headers: {
        "content-type": "application/json",
        "idempotency-key": key,
        ...(token === undefined ? {} : { authorization: \`Bearer \${token}\` }),
      },
      body: wellFormedJson(rows.map(jsonOfRow)),
      msMax: timeout,
      cancel,
    });
    const error = answerError(answer, { nowMs: this.clock.nowMs() });
    if (error !== undefined) throw error;
    this.sent += rows.length;
  }

  /** Rows that were taken since the start. */
  statistics(): Readonly<Record<string, number>> {
    return { total_sent: this.sent };
  }
}
`,
    [`${file}.test.ts`]: `import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { systemClock } from "#core/clock.ts";
import { PermanentError } from "#core/errors.ts";
import type { Destination, DestinationContext } from "#pipeline/component.ts";
import { type Delivery, EndpointRefusedError, RetryAfterError } from "#pipeline/delivery/delivery.ts";
import { logRowOf } from "#pipeline/delivery/testing/delivery-fixture.ts";
import { ${value} } from "./${file}.ts";

const never = new AbortController().signal;
let server: Server | undefined;
let destination: Destination | undefined;

afterEach(async () => {
  await destination?.stop?.();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

/** The destination before an endpoint that answers with a status, and what that was sent. */
async function before(status: number, headers: Record<string, string> = {}) {
  const bodies: string[] = [];
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      bodies.push(\`\${request.headers.authorization} \${body}\`);
      response.writeHead(status, headers).end();
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  const url = \`http://127.0.0.1:\${(server.address() as AddressInfo).port}/rows\`;
  const given = ${value}.settings.parse({ url, token: "t", allowPrivate: true });
  const context = { name: "${type}", clock: systemClock } as DestinationContext;
  destination = ${value}.create(given, context);
  return { made: destination, bodies };
}

function deliveryOf(...texts: readonly string[]): Delivery {
  const rows = texts.map((text) => ({ kind: "log", row: logRowOf(text) }) as const);
  return { org: "default", rows, key: "key", rowKey: (index) => \`key-\${index}\`, attempt: 1 };
}

it("sends all rows in one request", async () => {
  const { made, bodies } = await before(204);
  await made.send(deliveryOf("one", "two"), never);
  expect(bodies).toHaveLength(1);
  expect(bodies[0]).toMatch(/^Bearer t \\[.*"one".*"two".*\\]$/);
  expect(made.statistics?.()).toEqual({ total_sent: 2 });
});

it.each([
  [400, {}, PermanentError],
  [404, {}, EndpointRefusedError],
  [429, { "retry-after": "3" }, RetryAfterError],
] as const)("tells what a %i means", async (status, headers, kind) => {
  const { made } = await before(status, headers);
  await expect(made.send(deliveryOf("one"), never)).rejects.toBeInstanceOf(kind);
});
`,
    "README.md": `# ${type}

Sends rows as JSON arrays ([docs/formats/rows-as-json.md](../../../docs/formats/rows-as-json.md)) to an HTTP address.

- A 2xx means that all rows were taken. 400, 413 and 422 are the rows' fault: the one at fault becomes a dead letter.
- 429 and 5xx are tried again, after what \`Retry-After\` says, and rows wait for a wrong credential (401, 403) to be mended; with a
  redirect, 404 or 405 all become dead letters.
- \`Idempotency-Key\` names the rows: what is sent again has the same one.
`,
  };
}

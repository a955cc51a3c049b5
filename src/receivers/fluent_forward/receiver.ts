import { createServer, type Server } from "node:net";
import { z } from "zod";
import { formatAddress, isLoopback } from "#core/address.ts";
import { SightglassError } from "#core/errors.ts";
import { DOOR_LIMITS, REQUEST_LIMITS } from "#core/limits.ts";
import { defineComponent, type Receiver, type ReceiverContext } from "#pipeline/component.ts";
import { Decompressor } from "#pipeline/intake/decompress.ts";
import { endpointSetting } from "#pipeline/intake/endpoint-settings.ts";
import { closeListener, listen } from "#pipeline/intake/listen.ts";
import { LogIntake } from "#pipeline/intake/log-intake.ts";
import { Connection, type ConnectionContext, type ConnectionLimits } from "./connection.ts";
import { Handshake } from "./handshake.ts";

const LIMITS: ConnectionLimits = {
  messageBytesMax: REQUEST_LIMITS.bodyBytesMax,
  messagesMax: 1_000,
  messageIdleMsMax: REQUEST_LIMITS.bodyIdleMsMax,
  connectionIdleMsMax: DOOR_LIMITS.connectionIdleMsMax,
  attemptsMax: 60,
  attemptMs: 1_000,
};

const settings = z
  .strictObject({
    endpoint: endpointSetting(
      "127.0.0.1:24224",
      "Where Fluentd, Fluent Bit and their clients forward to.",
    ),
    sharedKey: z
      .string()
      .min(1)
      .optional()
      .describe(
        "What senders must know, as their `shared_key`. Without it only loopback addresses are served.",
      )
      .meta({ secret: true, examples: ["${env:FLUENT_SHARED_KEY}"] }),
  })
  .superRefine(({ endpoint, sharedKey }, context) => {
    if (sharedKey !== undefined || isLoopback(endpoint.host)) return;
    context.addIssue({
      code: "custom",
      path: ["sharedKey"],
      message: `is needed where the endpoint is not a loopback address: found ${formatAddress(endpoint)}`,
    });
  });

export type FluentForwardSettings = z.infer<typeof settings>;

/**
 * Takes the forward protocol of Fluentd and Fluent Bit, in all its modes, with acknowledgements after
 * the events are durable.
 */
export const fluentForward = defineComponent({
  kind: "receiver",
  type: "fluent_forward",
  summary: "Takes logs that Fluentd, Fluent Bit and their clients forward.",
  signals: { logs: "stable" },
  settings,
  claims: ({ endpoint }) => [{ kind: "tcp", address: endpoint }],
  create: (given: FluentForwardSettings, context: ReceiverContext) =>
    new FluentForwardReceiver(given, context),
});

class FluentForwardReceiver implements Receiver {
  private readonly given: FluentForwardSettings;
  private readonly context: ReceiverContext;
  private readonly server: Server;
  private readonly connections = new Set<Connection>();
  private readonly shared: ConnectionContext;
  private heldBytes = 0;
  private port: number | undefined;
  private started: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;

  constructor(given: FluentForwardSettings, context: ReceiverContext) {
    this.given = given;
    this.context = context;
    this.server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      const { sharedKey } = this.given;
      const handshake = sharedKey === undefined ? undefined : new Handshake(sharedKey);
      const connection = new Connection(socket, this.shared, handshake);
      this.connections.add(connection);
      socket.on("close", () => {
        this.connections.delete(connection);
      });
    });
    this.server.maxConnections = DOOR_LIMITS.connectionsMax;
    this.shared = this.sharedContext();
  }

  private sharedContext(): ConnectionContext {
    const { log, clock, meter } = this.context;
    const decompressor = new Decompressor({ ...REQUEST_LIMITS, ...DOOR_LIMITS });
    const messages = meter.counter({
      name: "intake_messages_total",
      help: "Messages that senders forwarded, by what became of them.",
      labels: ["outcome"],
    });
    return {
      intake: new LogIntake(this.context),
      log,
      clock,
      limits: LIMITS,
      decompress: (coding, body) => decompressor.decompress(coding, body),
      hold: (bytes) => {
        this.heldBytes += bytes;
        return this.heldBytes < REQUEST_LIMITS.inFlightBytesMax;
      },
      onMessages: (count, outcome) => {
        messages.add(count, { outcome });
      },
    };
  }

  async start(): Promise<void> {
    if (this.stopped !== undefined) {
      throw new SightglassError("stopping", `${this.context.name} was stopped`);
    }
    this.started ??= this.open();
    return this.started;
  }

  async stop(): Promise<void> {
    this.stopped ??= this.close();
    return this.stopped;
  }

  addresses(): readonly string[] {
    if (this.port === undefined) return [];
    const { host } = this.given.endpoint;
    return [`fluent_forward tcp ${formatAddress({ host, port: this.port })}`];
  }

  private async open(): Promise<void> {
    const { name, log } = this.context;
    this.port = await listen(this.server, this.given.endpoint, `${name}: endpoint`);
    this.server.on("error", (error: Error) => {
      log.error("A receiver's listener failed", { receiver: name, error });
    });
  }

  private async close(): Promise<void> {
    await Promise.allSettled([this.started]);
    const closed = closeListener(this.server);
    await Promise.all(Array.from(this.connections, (connection) => connection.stop()));
    await closed;
    this.port = undefined;
  }
}

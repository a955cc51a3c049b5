import type { Buffer } from "node:buffer";
import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { readFile } from "node:fs/promises";
import { BlockList, createServer, isIP, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { type Address, formatAddress } from "#core/address.ts";
import { SightglassError } from "#core/errors.ts";
import { localTimeIn } from "#core/local-time.ts";
import { defineComponent, type Receiver, type ReceiverContext } from "#pipeline/component.ts";
import { closeListener, listen } from "#pipeline/intake/listen.ts";
import { syslogRecord } from "./log-record.ts";
import { MessageQueue } from "./message-queue.ts";
import { parseSyslog } from "./parse-syslog.ts";
import { doorsOf, type Network, type SyslogSettings, syslogSettings } from "./settings.ts";
import { type Peer, plainAddress, StreamDoor } from "./stream-door.ts";
import { listenDatagrams } from "./udp.ts";

/** Bytes that the system keeps of datagrams that were not read yet; it may allow fewer. */
const DATAGRAM_BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * Syslog over UDP, TCP and TLS. The protocol has no acknowledgement: a sender cannot know what was
 * kept. What this receiver has read it keeps until it is durable, and while the pipeline is behind it
 * reads no connection. What is given up is counted in `syslog_messages_dropped_total` by reason:
 * datagrams that come while the queue is full, and what the pipeline does not take within the bound
 * of a stop. Datagrams that the system drops before they are read are counted by the system only.
 */
export const syslog = defineComponent({
  kind: "receiver",
  type: "syslog",
  summary: "Takes syslog messages of RFC 5424 and RFC 3164 over UDP, TCP and TLS.",
  signals: { logs: "stable" },
  settings: syslogSettings,
  claims(settings: SyslogSettings) {
    const { udp, tcp, tls } = doorsOf(settings);
    const streams = [tcp, tls?.endpoint].filter((address) => address !== undefined);
    return [
      ...(udp === undefined ? [] : [{ kind: "udp", address: udp } as const]),
      ...streams.map((address) => ({ kind: "tcp", address }) as const),
    ];
  },
  create: (settings: SyslogSettings, context: ReceiverContext): Receiver =>
    new SyslogReceiver(settings, context),
});

class SyslogReceiver implements Receiver {
  private readonly settings: SyslogSettings;
  private readonly context: ReceiverContext;
  private readonly queue: MessageQueue;
  private readonly streams: StreamDoor;
  private readonly fromLocal: (localMs: number) => number;
  private readonly counts: ReturnType<typeof countersOf>;
  private readonly allowed: BlockList | undefined;
  private servers: Server[] = [];
  /** Of all listeners, those that are still agreeing on TLS included. */
  private readonly sockets = new Set<Socket>();
  private datagrams: DatagramSocket | undefined;
  private listening: string[] = [];
  private started: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;

  constructor(settings: SyslogSettings, context: ReceiverContext) {
    this.settings = settings;
    this.context = context;
    this.fromLocal = localTimeIn(settings.timeZone);
    this.allowed = settings.allowFrom.length === 0 ? undefined : blockList(settings.allowFrom);
    this.counts = countersOf(context);
    this.queue = this.createQueue();
    this.streams = new StreamDoor({
      ...settings,
      clock: context.clock,
      isAllowed: (address) => this.isAllowed(address),
      mayRead: () => !this.queue.isBusy,
      onMessage: (bytes, peer, isCut) => this.take(bytes, "tcp", peer, isCut),
      onClosed: (reason) => this.counts.closed.add(1, { reason }),
    });
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
    return this.listening;
  }

  private createQueue(): MessageQueue {
    const { push, timeWindow, clock, log } = this.context;
    return new MessageQueue({
      push,
      clock,
      log,
      timeWindow: () => timeWindow("logs"),
      onAccepted: (messages) => this.counts.accepted.add(messages),
      onDropped: (messages, reason) => this.counts.dropped.add(messages, { reason }),
      onRoom: () => this.streams.resume(),
    });
  }

  private async open(): Promise<void> {
    const { udp, tcp, tls } = doorsOf(this.settings);
    try {
      if (udp !== undefined) await this.openDatagrams(udp);
      if (tcp !== undefined) {
        const server = createServer();
        this.streams.serve(server, "connection");
        await this.openStream(server, tcp, "tcp");
      }
      if (tls !== undefined) await this.openTls(tls);
    } catch (error) {
      await this.closeDoors();
      throw error;
    }
  }

  private async openTls(tls: NonNullable<SyslogSettings["tls"]>): Promise<void> {
    const { certFile, keyFile, clientCaFile } = tls;
    const read = (file: string, setting: string): Promise<Buffer> => this.readPem(file, setting);
    const server = createTlsServer({
      minVersion: "TLSv1.2",
      handshakeTimeout: 10_000,
      cert: await read(certFile, "certFile"),
      key: await read(keyFile, "keyFile"),
      ...(clientCaFile === undefined
        ? {}
        : { ca: await read(clientCaFile, "clientCaFile"), requestCert: true }),
    });
    server.on("tlsClientError", () => this.counts.closed.add(1, { reason: "broken" }));
    this.streams.serve(server, "secureConnection");
    await this.openStream(server, tls.endpoint, "tls");
  }

  private async readPem(file: string, setting: string): Promise<Buffer> {
    try {
      return await readFile(file);
    } catch (error) {
      const message = `${this.context.name}: tls.${setting}: ${file} cannot be read: ${String(error)}`;
      throw new SightglassError("config_invalid", message, { cause: error });
    }
  }

  private async openStream(server: Server, endpoint: Address, door: "tcp" | "tls"): Promise<void> {
    const { name, log } = this.context;
    server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
    });
    const port = await listen(server, endpoint, `${name}: ${door}.endpoint`);
    server.on("error", (error: Error) => {
      log.error("A receiver's listener failed", { receiver: name, error });
    });
    this.servers.push(server);
    this.listening.push(`syslog ${door} ${formatAddress({ host: endpoint.host, port })}`);
  }

  private async openDatagrams(endpoint: Address): Promise<void> {
    const { name, log } = this.context;
    const socket = createSocket({
      type: isIP(endpoint.host) === 6 ? "udp6" : "udp4",
      recvBufferSize: DATAGRAM_BUFFER_BYTES,
    });
    socket.on("message", (bytes, { address, port }) => {
      this.takeDatagram(bytes, { address: plainAddress(address), port });
    });
    const port = await listenDatagrams(socket, endpoint, `${name}: udp.endpoint`);
    socket.on("error", (error) => {
      log.error("A receiver's listener failed", { receiver: name, error });
    });
    this.datagrams = socket;
    this.listening.push(`syslog udp ${formatAddress({ host: endpoint.host, port })}`);
  }

  private takeDatagram(bytes: Buffer, peer: Peer): void {
    if (!this.isAllowed(peer.address)) {
      this.counts.dropped.add(1, { reason: "not_allowed" });
      return;
    }
    const { messageBytesMax } = this.settings;
    const isCut = bytes.length > messageBytesMax;
    this.take(isCut ? bytes.subarray(0, messageBytesMax) : bytes, "udp", peer, isCut);
  }

  private take(bytes: Buffer, transport: "udp" | "tcp", peer: Peer, isCut: boolean): void {
    const { clock, timeWindow } = this.context;
    const receivedMs = Math.round(clock.nowMs());
    const message = parseSyslog(bytes, { nowMs: receivedMs, fromLocal: this.fromLocal });
    const arrival = {
      transport,
      peerAddress: peer.address,
      peerPort: peer.port,
      receivedMs,
      isCut,
    };
    if (isCut) this.counts.cut.add(1);
    this.counts.received.add(1, { transport });
    this.queue.add(syslogRecord(message, arrival, timeWindow("logs")), bytes.length);
  }

  private isAllowed(address: string): boolean {
    if (this.allowed === undefined) return true;
    return this.allowed.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  }

  private async close(): Promise<void> {
    // A listener that is just being opened could not be closed.
    await Promise.allSettled([this.started]);
    await this.closeDoors();
    await this.queue.stop();
  }

  private async closeDoors(): Promise<void> {
    const closed = this.servers.map((server) => closeListener(server));
    const { datagrams } = this;
    this.datagrams = undefined;
    this.servers = [];
    this.listening = [];
    if (datagrams !== undefined) {
      await new Promise<void>((resolve) => datagrams.close(() => resolve()));
    }
    await this.streams.close();
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(closed);
  }
}

function blockList(networks: readonly Network[]): BlockList {
  const list = new BlockList();
  for (const { address, bits, family } of networks) list.addSubnet(address, bits, family);
  return list;
}

function countersOf({ meter }: ReceiverContext) {
  return {
    received: meter.counter({
      name: "syslog_messages_received_total",
      help: "Messages that were read, by transport (TLS counts as tcp).",
      labels: ["transport"],
    }),
    accepted: meter.counter({
      name: "syslog_messages_accepted_total",
      help: "Messages that the pipeline has made durable.",
    }),
    dropped: meter.counter({
      name: "syslog_messages_dropped_total",
      help: "Messages that were given up: queue_full, rejected, failed, stopped or not_allowed.",
      labels: ["reason"],
    }),
    cut: meter.counter({
      name: "syslog_messages_cut_total",
      help: "Messages that were longer than the bound, or whose connection ended within them.",
    }),
    closed: meter.counter({
      name: "syslog_connections_closed_total",
      help: "Connections that were closed for a reason of their own: idle, too_many, not_allowed or broken.",
      labels: ["reason"],
    }),
  };
}

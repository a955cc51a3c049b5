import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import type { Receiver, ReceiverContext } from "#pipeline/component.ts";
import { PushedRows } from "#pipeline/testing/receiver-under-test.ts";
import { syslog } from "../receiver.ts";

export interface SyslogUnderTest {
  readonly pushed: PushedRows;
  readonly receiver: Receiver;
  /** Of a door: `udp`, `tcp` or `tls`. */
  readonly port: (door: string) => number;
  /** The value of one of its counters, under one label value. */
  readonly count: (metric: string, label?: string) => number;
}

const open: Receiver[] = [];

/** Stops every receiver that was started; for `afterEach`. */
export async function stopSyslog(): Promise<void> {
  for (const receiver of open.splice(0)) await receiver.stop();
}

/** Starts a receiver, on free ports for UDP and TCP unless the settings say otherwise. */
export async function startSyslog(
  settings: Readonly<Record<string, unknown>> = {},
  context: Partial<ReceiverContext> = {},
): Promise<SyslogUnderTest> {
  const pushed = new PushedRows();
  const endpoint = "127.0.0.1:0";
  const parsed = syslog.settings.parse({ udp: { endpoint }, tcp: { endpoint }, ...settings });
  const receiver = syslog.create(parsed, { ...pushed.context, ...context });
  open.push(receiver);
  await receiver.start();
  return {
    pushed,
    receiver,
    port(door) {
      const address = receiver.addresses!().find((text) => text.startsWith(`syslog ${door} `));
      return Number(/:(\d+)$/.exec(address ?? "")?.[1]);
    },
    count(metric, label) {
      const found = pushed.meter
        .snapshot()
        .find(({ name }) => name === `sightglass_syslog_${metric}_total`);
      const points = found?.kind === "counter" ? found.points : [];
      const wanted = points.filter(
        ({ labels }) => label === undefined || Object.values(labels).includes(label),
      );
      return wanted.reduce((sum, { value }) => sum + value, 0);
    },
  };
}

/** Sends bytes over one connection, and closes it. */
export async function sendTcp(port: number, ...chunks: readonly string[]): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  for (const chunk of chunks) {
    await new Promise<void>((resolve, reject) => {
      socket.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  }
  socket.end();
  socket.resume();
  await once(socket, "close");
}

export async function sendUdp(port: number, ...messages: readonly string[]): Promise<void> {
  const socket = createSocket("udp4");
  for (const message of messages) {
    await new Promise<void>((resolve, reject) => {
      socket.send(message, port, "127.0.0.1", (error) => (error ? reject(error) : resolve()));
    });
  }
  await new Promise<void>((resolve) => socket.close(() => resolve()));
}

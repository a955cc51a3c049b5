import type { Server } from "node:http";
import { type Address, formatAddress } from "#core/address.ts";
import type { Mount } from "./http-route.ts";
import { createHttpServer } from "./http-server.ts";
import { closeListener, drained, listen } from "./listen.ts";

/** The listeners of this process that are open or opening, by the address that was asked for. */
const listeners = new Map<string, SharedListener>();
/** Those that are closing: who wants their address waits for it. */
const closing = new Map<string, Promise<void>>();

/** What a receiver has of a listener. */
export interface Mounted {
  readonly port: number;
  /**
   * Takes the service away: what comes from now on is another mount's, or is told to come again later.
   * Resolves when its requests are over, or have taken too long. May be called twice.
   */
  unmount(): Promise<void>;
}

/**
 * Puts a service behind an address. Receivers that ask for the same one share its listener, told apart by
 * their paths; of two with the same path the newer has it. So a receiver can be exchanged for another
 * without a moment in which nobody listens. Port 0 is never shared.
 *
 * @param setting Where the address was set, for errors.
 * @throws SightglassError `port_in_use`, or `config_invalid` for an address that is not this machine's.
 */
export async function mountService(
  address: Address,
  mount: Mount,
  setting: string,
): Promise<Mounted> {
  const key = address.port === 0 ? "" : formatAddress(address);
  while (closing.has(key)) await closing.get(key);
  let listener = listeners.get(key);
  if (listener === undefined) {
    listener = new SharedListener(mount, address, setting);
    if (key !== "") listeners.set(key, listener);
  } else listener.mounts.unshift(mount);
  try {
    const port = await listener.port;
    return { port, unmount: unmounting(listener, mount, key) };
  } catch (error) {
    if (listeners.get(key) === listener) listeners.delete(key);
    throw error;
  }
}

class SharedListener {
  /** The newest first. */
  readonly mounts: Mount[];
  readonly port: Promise<number>;
  private readonly server: Server;

  constructor(mount: Mount, address: Address, setting: string) {
    this.mounts = [mount];
    this.server = createHttpServer(mount.door.limits, this.mounts);
    this.port = this.open(address, setting);
  }

  private async open(address: Address, setting: string): Promise<number> {
    const port = await listen(this.server, address, setting);
    this.server.on("error", (error: Error) => {
      this.mounts[0]!.door.log.error("A listener failed", { setting, error });
    });
    return port;
  }

  /** Closes it behind its last mount. */
  async close({ door }: Mount): Promise<void> {
    const closed = closeListener(this.server);
    this.server.closeIdleConnections();
    await drained(door);
    this.server.closeAllConnections();
    await closed;
  }
}

function unmounting(listener: SharedListener, mount: Mount, key: string): () => Promise<void> {
  let unmounted: Promise<void> | undefined;
  return async () => {
    unmounted ??= takeAway(listener, mount, key);
    return unmounted;
  };
}

async function takeAway(listener: SharedListener, mount: Mount, key: string): Promise<void> {
  const { mounts } = listener;
  mount.door.stopping = true;
  if (mounts.length > 1) {
    mounts.splice(mounts.indexOf(mount), 1);
    await drained(mount.door);
    return;
  }
  if (listeners.get(key) === listener) listeners.delete(key);
  const closed = listener.close(mount);
  if (key !== "") closing.set(key, closed);
  await closed;
  if (closing.get(key) === closed) closing.delete(key);
}

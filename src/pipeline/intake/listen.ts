import type { Server } from "node:net";
import { SightglassError } from "#core/errors.ts";
import type { Address } from "#core/address.ts";
import type { Door } from "./door.ts";

/**
 * Makes a server listen, and gives the port, which is another than the asked one where that was 0.
 * `setting` is where the address was set.
 *
 * @throws SightglassError `port_in_use`, or `config_invalid` for an address that is not this machine's.
 */
export async function listen(server: Server, address: Address, setting: string): Promise<number> {
  const { host, port } = address;
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      reject(listenError(error, address, setting));
    };
    server.once("error", fail);
    server.listen({ host, port }, () => {
      server.off("error", fail);
      resolve();
    });
  });
  const bound = server.address();
  return typeof bound === "object" && bound !== null ? bound.port : port;
}

function listenError(
  error: NodeJS.ErrnoException,
  { host, port }: Address,
  setting: string,
): SightglassError {
  if (error.code === "EADDRINUSE") {
    const message = `${setting}: ${host}:${port} is in use by another process: set another address, or port 0 for any free one`;
    return new SightglassError("port_in_use", message, { cause: error });
  }
  const message = `${setting}: cannot listen on ${host}:${port}: ${error.message}`;
  return new SightglassError("config_invalid", message, { cause: error });
}

/** Takes no new connections, and resolves when there are none left; safe before it listens. */
export async function closeListener(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

/** Resolves when no request is in flight behind a door, or when that has taken too long. */
export async function drained(door: Door): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = door.clock.setTimeout(resolve, door.limits.drainMsMax);
    void door.idle().then(() => {
      timer.cancel();
      resolve();
    });
  });
}

import type { Socket } from "node:dgram";
import type { Address } from "#core/address.ts";
import { SightglassError } from "#core/errors.ts";

/**
 * Binds a datagram socket, and gives the port, which is another than the asked one where that was 0.
 *
 * @throws SightglassError `port_in_use`, or `config_invalid` for an address that is not this machine's.
 */
export async function listenDatagrams(
  socket: Socket,
  { host, port }: Address,
  setting: string,
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      socket.close();
      const isInUse = error.code === "EADDRINUSE";
      const message = isInUse
        ? `${setting}: UDP ${host}:${port} is in use by another process: set another address, or port 0 for any free one`
        : `${setting}: cannot listen on UDP ${host}:${port}: ${error.message}`;
      const code = isInUse ? "port_in_use" : "config_invalid";
      reject(new SightglassError(code, message, { cause: error }));
    };
    socket.once("error", fail);
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off("error", fail);
      resolve();
    });
  });
  return socket.address().port;
}

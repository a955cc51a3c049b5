import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** Passes bytes on to a server until so many went by in one direction; then both sides are cut off. */
export async function breakingProxy(
  port: number,
  side: "up" | "down",
  bytesMax: number,
): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    let bytes = 0;
    const pass = (from: Socket, to: Socket, isCounted: boolean): void => {
      sockets.add(from);
      from.on("error", () => undefined);
      from.on("close", () => to.destroy());
      from.on("data", (data: Buffer) => {
        const room = isCounted ? bytesMax - bytes : data.length;
        if (isCounted) bytes += data.length;
        to.write(data.subarray(0, Math.max(0, room)));
        if (isCounted && bytes >= bytesMax) from.destroy();
      });
    };
    pass(client, upstream, side === "up");
    pass(upstream, client, side === "down");
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

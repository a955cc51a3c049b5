import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ExitError } from "./exit-codes.ts";
import { readStream } from "./server-stream.ts";

let server: Server;
let status: number;
beforeEach(async () => {
  server = createServer((_, response) => {
    const problem = {
      type: "about:blank",
      title: "Busy",
      status,
      code: status === 429 ? "too_many_requests" : "stopping",
      detail: "100 streams are open already: close a page, or end a tail",
      traceId: "0".repeat(32),
    };
    response.writeHead(status, { "content-type": "application/problem+json" });
    response.end(JSON.stringify(problem));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  server.close();
});

/** What ends a stream that never began. */
async function failure(port: number): Promise<unknown> {
  return readStream({
    command: "tail",
    url: new URL(`http://127.0.0.1:${port}/api/v1/tail`),
    headers: {},
    stop: new AbortController().signal,
    onEvent: () => Promise.resolve(),
    onBroken: () => {},
  }).catch((error: unknown) => error);
}

it.each([429, 503, 400])("tells what the server says when it refuses with %i", async (refused) => {
  status = refused;
  const error = await failure(portOf(server));
  expect(error).toBeInstanceOf(ExitError);
  expect(error).toMatchObject({
    exit: "failed",
    message: `tail: ${refused}: 100 streams are open already: close a page, or end a tail`,
  });
});

it("says that nothing answers where nothing does", async () => {
  const port = portOf(server);
  server.close();
  await once(server, "close");
  expect(await failure(port)).toMatchObject({ exit: "server_unreachable" });
});

function portOf(listening: Server): number {
  return (listening.address() as AddressInfo).port;
}

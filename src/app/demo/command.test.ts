import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { CommandFolder } from "../testing/command-process.ts";

const folder = new CommandFolder();
afterEach(() => folder.remove());

it("goes on when the server was away, with no connection left that would keep it alive", async () => {
  let requests = 0;
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      requests++;
      response.writeHead(requests <= 3 ? 503 : 200, {
        connection: "close",
        "content-type": "application/x-protobuf",
      });
      response.end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const words = [
    "demo",
    "--rate",
    "5",
    "--backfill",
    "10s",
    "--duration",
    "0s",
    "--signals",
    "traces",
  ];
  const { code, stdout, stderr } = await folder.run([
    ...words,
    "--endpoint",
    `http://127.0.0.1:${port}`,
  ]);
  await new Promise((resolve) => server.close(resolve));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/traces +acknowledged [1-9]\d*, refused 0, given up 0/);
  expect(requests).toBeGreaterThan(3);
});

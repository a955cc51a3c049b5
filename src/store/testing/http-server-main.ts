import { startClickHouseServer } from "./clickhouse-http-server.ts";

// Started by tests as a process of its own: <dir> <user> <password>. It prints the port, and ends with
// its parent, whose end closes standard input.
const [dir, user, password] = process.argv.slice(2);
if (dir === undefined || user === undefined || password === undefined)
  throw new Error("usage: <dir> <user> <password>");

const server = startClickHouseServer({ dir, user, password });
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object")
    process.stdout.write(`PORT ${address.port}\n`);
});
process.stdin.on("end", () => process.exit(0));
process.stdin.resume();

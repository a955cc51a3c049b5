import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What of S3rver, which has no types, is needed: a server that knows S3's requests and judges their signatures. */
interface S3rver {
  callback(): RequestListener;
  configureBuckets(): Promise<unknown>;
}
type S3rverClass = new (options: object) => S3rver;

const require = createRequire(import.meta.url);
const S3rver = require("@20minutes/s3rver") as S3rverClass;

const OBJECT_ENDING = "._S3rver_object";
const BUCKET = "test-bucket";
const UPLOADS = join(BUCKET, "._S3rver_uploads");

/** What S3rver takes. */
export const KEYS = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" } as const;

/** A real server that is compatible with S3, in this process, on a folder for temporary files. */
export class S3Server {
  readonly endpoint: string;
  readonly bucket = BUCKET;
  /** Of each request, in order. */
  readonly seen: {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingMessage["headers"];
  }[] = [];
  /** Answers a request in place of the server, when it returns true. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  readonly #server: Server;
  readonly #folder: string;

  private constructor(server: Server, folder: string) {
    this.#server = server;
    this.#folder = folder;
    this.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<S3Server> {
    const folder = await mkdtemp(join(tmpdir(), "sightglass-s3-"));
    const s3rver = new S3rver({
      directory: folder,
      silent: true,
      configureBuckets: [{ name: BUCKET }],
      vhostBuckets: false,
    });
    await s3rver.configureBuckets();
    const answer = s3rver.callback();
    const started: { own?: S3Server } = {};
    const server = createServer((request, response) => {
      const { method = "", url = "", headers } = request;
      started.own?.seen.push({ method, url, headers });
      if (started.own?.intercept(request, response) === true) return;
      const aborted = method === "DELETE" ? /[?&]uploadId=([0-9a-f]+)/.exec(url)?.[1] : undefined;
      // AbortMultipartUpload is what S3rver does not know.
      if (aborted === undefined) answer(request, response);
      else abort(join(folder, UPLOADS, aborted), response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    started.own = new S3Server(server, folder);
    return started.own;
  }

  /** Names of the bucket's objects. */
  async keys(): Promise<string[]> {
    const folder = join(this.#folder, this.bucket);
    const files = await readdir(folder, { recursive: true });
    return files
      .filter((file) => file.endsWith(OBJECT_ENDING))
      .map((file) => file.slice(0, -OBJECT_ENDING.length))
      .toSorted();
  }

  content(key: string): Promise<Buffer> {
    return readFile(join(this.#folder, this.bucket, `${key}${OBJECT_ENDING}`));
  }

  /** Files of uploads in parts that were neither completed nor aborted. */
  async unfinished(): Promise<string[]> {
    return readdir(join(this.#folder, UPLOADS), { recursive: true });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
  }
}

async function abort(folder: string, response: ServerResponse): Promise<void> {
  const isThere = await readdir(folder).then(
    () => true,
    () => false,
  );
  // A part may still be being written.
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
  response.writeHead(isThere ? 204 : 404).end();
}

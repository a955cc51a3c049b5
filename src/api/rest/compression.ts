import { Readable } from "node:stream";
import { promisify } from "node:util";
import { constants, createGzip, gzip } from "node:zlib";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { COMPRESSION_LIMITS } from "#core/limits.ts";

const compress = promisify(gzip);

/** Little is gained beyond the lowest level, and each costs twice the processor time of the one before. */
const OPTIONS = { level: constants.Z_BEST_SPEED };

/** Types whose bytes have much to spare. A stream of events is none of them: it has to arrive at once. */
const COMPRESSIBLE =
  /^(application\/(json|javascript)|text\/(html|css|javascript|plain)|image\/svg)/;

/**
 * Has the server compress large answers for those who take gzip and are on another machine: on this one
 * bytes cost less than the time to make fewer of them. A proxy of this machine that says for whom it asks
 * counts as another.
 */
export function compressLarge(server: FastifyInstance): void {
  let running = 0;
  server.addHook("onSend", async (request, reply, payload) => {
    if (!isWorth(request, reply, payload) || running >= COMPRESSION_LIMITS.atOnceMax) {
      return payload;
    }
    const before = String(reply.getHeader("vary") ?? "");
    void reply
      .header("vary", before === "" ? "Accept-Encoding" : `${before}, Accept-Encoding`)
      .header("content-encoding", "gzip")
      .removeHeader("content-length");
    running++;
    if (payload instanceof Readable) {
      const zipped = payload.pipe(createGzip(OPTIONS));
      payload.once("error", (error) => zipped.destroy(error));
      zipped.once("close", () => {
        running--;
        payload.destroy();
      });
      return zipped;
    }
    try {
      return await compress(payload as string | Buffer, OPTIONS);
    } finally {
      running--;
    }
  });
}

function isWorth(request: FastifyRequest, reply: FastifyReply, payload: unknown): boolean {
  return (
    request.method === "GET" &&
    reply.statusCode === 200 &&
    reply.getHeader("content-encoding") === undefined &&
    COMPRESSIBLE.test(String(reply.getHeader("content-type") ?? "")) &&
    bytesOf(reply, payload) >= COMPRESSION_LIMITS.bytesMin &&
    takesGzip(request.headers["accept-encoding"]) &&
    !isOnThisMachine(request)
  );
}

function bytesOf(reply: FastifyReply, payload: unknown): number {
  if (typeof payload === "string" || Buffer.isBuffer(payload)) return payload.length;
  if (payload instanceof Readable) return Number(reply.getHeader("content-length") ?? 0);
  return 0;
}

/** `gzip` or `*` among what is accepted, and not with a weight of nothing (RFC 9110, 12.5.3). */
function takesGzip(accepted: string | string[] | undefined): boolean {
  return String(accepted ?? "")
    .split(",")
    .some((one) => /^\s*(gzip|x-gzip|\*)\s*(;\s*q=(?!0(\.0{0,3})?\s*$).*)?$/i.test(one));
}

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

function isOnThisMachine({ headers, socket }: FastifyRequest): boolean {
  const isForwarded = headers["x-forwarded-for"] ?? headers["forwarded"] ?? headers.via;
  return isForwarded === undefined && LOOPBACK.test(socket.remoteAddress ?? "");
}

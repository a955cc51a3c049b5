import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic, { type FastifyStaticOptions } from "@fastify/static";
import type { FastifyInstance } from "fastify";
import type { AccessHeaders } from "./access.ts";

const FILE_OPTIONS: Omit<FastifyStaticOptions, "root"> = {
  wildcard: false,
  index: false,
  dotfiles: "ignore",
  redirect: false,
  cacheControl: false,
  setHeaders(reply, path) {
    // Vite names these after a digest of their content.
    const hashed = /[\\/]assets[\\/]/.test(path);
    const cache = hashed ? "public, max-age=31536000, immutable" : "no-cache";
    void reply.header("cache-control", cache);
  },
};

/**
 * The built pages. They hold no data, so they need no token: the page asks for it. Only the files
 * that are there at the start have routes, so no path can lead anywhere else.
 */
export class UiFiles {
  private readonly folder: string | undefined;
  private readonly index: Buffer | undefined;

  constructor(folder: string | undefined) {
    const index = folder === undefined ? undefined : join(folder, "index.html");
    const built = index !== undefined && existsSync(index);
    this.folder = built ? folder : undefined;
    this.index = built ? readFileSync(index) : undefined;
  }

  /** Adds a route for each file. They ask for no token. */
  async register(server: FastifyInstance): Promise<void> {
    const { folder } = this;
    if (folder === undefined) return;
    await server.register(async (files) => {
      files.addHook("onRoute", (route) => {
        route.config = { ...route.config, asks: "address" };
      });
      await files.register(fastifyStatic, { root: folder, ...FILE_OPTIONS });
    });
  }

  /**
   * The page to answer with where no route matches: a browser that goes to an address of the
   * application gets the application, anything else gets a 404.
   */
  pageFor(
    method: string,
    path: string,
    headers: AccessHeaders & { accept?: string | undefined },
  ): Buffer | undefined {
    if (method !== "GET" && method !== "HEAD") return undefined;
    if (path === "/") return this.index;
    // Files and API routes that are not there are not pages; a service may be called `shop.api`.
    if (
      /^\/(api|v1|graphql|prometheus|observability|assets)(\/|$)|^\/[^/]+\.[a-z0-9]{1,5}$/i.test(
        path,
      )
    )
      return undefined;
    const mode = headers["sec-fetch-mode"];
    if (mode !== undefined && mode !== "navigate") return undefined;
    return (headers.accept ?? "").includes("text/html") ? this.index : undefined;
  }
}

import type { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { Clock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import type { DeadLetterBox } from "#pipeline/delivery/dead-letter-boxes.ts";
import type { LiveComponent } from "#pipeline/live/live-component.ts";
import type { LiveRows } from "#pipeline/live/live-rows.ts";
import { Cursors } from "#query/cursor.ts";
import type { QueryContext } from "#query/query-context.ts";
import type { StoreReader } from "#store/reader.ts";
import type { Exposition } from "#telemetry/exposition.ts";
import type { Ledger } from "#telemetry/ledger.ts";
import type { Logger } from "#telemetry/log.ts";
import type { Tracer } from "#telemetry/tracer.ts";
import type { PipelinesAnswer } from "../contract/pipelines.ts";
import type { RetentionAnswer, SettingsAnswer } from "../contract/settings.ts";
import type { AboutAnswer, ReadyAnswer } from "../contract/status.ts";
import { Access, type AccessOptions } from "./access.ts";
import { createHandlers } from "./handlers/handlers.ts";
import type { PipelineConfig } from "./handlers/pipeline-config.ts";
import { Tails } from "./live/tails.ts";
import { createServer } from "./server.ts";
import { UiFiles } from "./ui-files.ts";

export interface ApiOptions {
  /** Where to listen; port 0 takes any free one. */
  readonly address: { readonly host: string; readonly port: number };
  readonly reader: StoreReader;
  /** Signs page cursors: 32 random bytes that stay with the data folder. */
  readonly cursorKey: Buffer;
  readonly ledger: Pick<Ledger, "inAll" | "sinceStart">;
  /** What `/api/v1/about` answers. */
  readonly about: () => AboutAnswer | Promise<AboutAnswer>;
  /** What `/api/v1/pipelines` answers. */
  readonly pipelines: () => PipelinesAnswer;
  /** The graph as it is written; without it, it can be neither seen nor changed. */
  readonly pipelineConfig?: PipelineConfig;
  /** What `/api/v1/settings` answers. */
  readonly settings: () => SettingsAnswer;
  /** What `/api/v1/retention` answers. */
  readonly retention: (context: QueryContext) => Promise<RetentionAnswer>;
  /** The dead letters of every destination that keeps some. */
  readonly deadLetters: () => readonly DeadLetterBox[];
  /** What is seen of the components of a pipeline; none for a pipeline that is not there. */
  readonly liveComponents: (pipeline: string) => readonly LiveComponent[];
  /** Rows as they become durable. */
  readonly liveRows: LiveRows;
  /** What `/readyz` is made of: it is ready when all are. */
  readonly checks: () => ReadyAnswer["checks"];
  /** Renders our own metrics for the sender of an Accept header. */
  readonly metrics: (accept: string) => Exposition;
  readonly access: AccessOptions;
  /** Folder of the built pages; without it, or while it is empty, there are none. */
  readonly uiFolder?: string;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tracer?: Tracer;
}

/** The REST API and the pages on one address. */
export interface Api {
  /**
   * Resolves once it listens, with the port that it got. Throws `port_in_use`, or `config_invalid`
   * for an address that is not this machine's.
   */
  start(): Promise<{ host: string; port: number }>;
  /** Takes no more requests and lets running ones finish. Idempotent, and safe before start. */
  stop(): Promise<void>;
}

/** Makes the API; nothing happens before `start`. */
export function createApi(options: ApiOptions): Api {
  let server: FastifyInstance | undefined;
  let stopped: Promise<void> | undefined;
  const { clock, ledger, pipelines, liveRows: rows } = options;
  const life = randomBytes(6).toString("hex");
  const tails = new Tails({ clock, ledger, pipelines, rows, life });
  const stop = async (): Promise<void> => {
    // The server waits for answers under way, and these have no end of their own.
    tails.stop();
    await server?.close();
  };
  return {
    async start() {
      server = await createServer({
        ...options,
        handlers: createHandlers({ ...options, cursors: new Cursors(options.cursorKey) }),
        access: new Access(options.access),
        ui: new UiFiles(options.uiFolder),
        tails,
      });
      return listen(server, options.address);
    },
    stop: () => (stopped ??= stop()),
  };
}

async function listen(
  server: FastifyInstance,
  { host, port }: ApiOptions["address"],
): Promise<{ host: string; port: number }> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    throw listenError(error, `${host}:${port}`);
  }
  return { host, port: portOf(server) ?? port };
}

function portOf(server: FastifyInstance): number | undefined {
  const address = server.server.address();
  return typeof address === "object" ? address?.port : undefined;
}

function listenError(error: unknown, address: string): SightglassError {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const message = `the address ${address} of API and pages cannot be had (${code})`;
  return new SightglassError(code === "EADDRINUSE" ? "port_in_use" : "config_invalid", message, {
    cause: error,
  });
}

import { messageOf } from "#core/errors.ts";
import { defineComponent } from "#pipeline/component.ts";
import type { Destination, DestinationContext } from "#pipeline/component.ts";
import type { Delivery, DeliveryBounds } from "#pipeline/delivery/delivery.ts";
import { answerError } from "#pipeline/outbound/answer-error.ts";
import { destinationUrl } from "#pipeline/outbound/destination-url.ts";
import { Outbound } from "#pipeline/outbound/outbound.ts";
import type { OutboundResponse } from "#pipeline/outbound/outbound.ts";
import { Upkeep } from "#pipeline/relational/upkeep.ts";
import { type RestRequest, requestsOf } from "./requests.ts";
import { supabaseSettings } from "./settings.ts";
import type { SupabaseSettings } from "./settings.ts";
import { deleteOldRows, rollUpKpis } from "./upkeep-calls.ts";

const BYTES_MAX = 4_194_304;
/** Classes of PostgreSQL's errors that are about what is in the rows. */
const ABOUT_ROWS = /^(?:22|23|54)/;
/** https://docs.postgrest.org/en/stable/references/errors.html: tables or functions that are not there. */
const MISSING = new Set(["PGRST202", "PGRST205", "42P01", "42883"]);

/**
 * Stores rows in a Supabase project over its REST API: log records in the table of events, spans and
 * points in the tables of telemetry, each exactly once.
 */
export const supabase = defineComponent({
  kind: "destination",
  type: "supabase",
  summary: "Stores rows in tables of a Supabase project over its REST API, each exactly once.",
  signals: { traces: "stable", metrics: "stable", logs: "stable" },
  settings: supabaseSettings,
  create: (settings: SupabaseSettings, context) => new SupabaseDestination(settings, context),
});

type Context = Pick<DestinationContext, "clock" | "log" | "name">;

export class SupabaseDestination implements Destination {
  readonly bounds: DeliveryBounds;
  readonly #settings: SupabaseSettings;
  readonly #context: Context;
  readonly #outbound: Outbound;
  readonly #upkeep: Upkeep;
  readonly #cancel = new AbortController();
  /** Why works of the upkeep failed the last time, by what is said of them. */
  readonly #told = new Map<string, string>();
  #written = 0;
  #batches = 0;
  #errors = 0;

  constructor(settings: SupabaseSettings, context: Context) {
    this.#settings = settings;
    this.#context = context;
    this.#outbound = new Outbound({ allowPrivate: settings.allowPrivate, clock: context.clock });
    this.#upkeep = new Upkeep(context.clock, () => this.#keepUp());
    this.bounds = {
      rowsMax: settings.bufferSize,
      bytesMax: BYTES_MAX,
      waitMsMax: settings.flushInterval,
    };
  }

  /** @throws SightglassError `config_invalid` when the address is not allowed. */
  async start(): Promise<void> {
    destinationUrl(this.#settings.url, this.#settings);
    this.#upkeep.start();
  }

  async stop(): Promise<void> {
    this.#cancel.abort(new Error("stopped"));
    await this.#upkeep.stop();
    this.#outbound.close();
  }

  async send(delivery: Delivery, cancel: AbortSignal): Promise<void> {
    try {
      const names = { destination: this.#context.name, table: this.#settings.tableName };
      for (const request of requestsOf(delivery, names)) await this.#request(request, cancel);
    } catch (error) {
      this.#errors += 1;
      throw error;
    }
    this.#written += delivery.rows.length;
    this.#batches += 1;
  }

  statistics(): Readonly<Record<string, number>> {
    return {
      total_events_written: this.#written,
      total_batches_written: this.#batches,
      total_errors: this.#errors,
    };
  }

  async #keepUp(): Promise<void> {
    const { retentionDays, tableName, kpiRollups } = this.#settings;
    const call = (name: string, body: object): Promise<string> =>
      this.#request({ path: `rpc/${name}`, body: JSON.stringify(body) }, this.#cancel.signal);
    if (retentionDays !== undefined)
      await this.#keptUp("The deletion of old rows failed", async () => {
        const rows = await deleteOldRows(call, retentionDays, tableName);
        if (rows > 0) this.#context.log.info("Rows beyond their retention were deleted", { rows });
      });
    if (kpiRollups) await this.#keptUp("KPIs could not be computed", () => rollUpKpis(call));
  }

  /** Does one work of the upkeep. Each hour in which it fails for the same reason is not told anew. */
  async #keptUp(failed: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#told.delete(failed);
    } catch (error) {
      const reason = messageOf(error);
      if (this.#upkeep.isStopped || this.#told.get(failed) === reason) return;
      this.#told.set(failed, reason);
      this.#context.log.warn(failed, { reason });
    }
  }

  /** @returns the body of the answer. */
  async #request({ path, prefer, body }: RestRequest, cancel: AbortSignal): Promise<string> {
    const { url, serviceKey, schemaName, timeout } = this.#settings;
    const answer = await this.#outbound.request({
      method: "POST",
      url: `${url.replace(/\/+$/, "")}/rest/v1/${path}`,
      headers: {
        apikey: serviceKey,
        authorization: `Bearer ${serviceKey}`,
        "content-type": "application/json",
        "content-profile": schemaName,
        ...(prefer === undefined ? {} : { prefer }),
      },
      body,
      msMax: timeout,
      cancel,
    });
    const error = errorOf(answer, path, this.#context.clock.nowMs());
    if (error !== undefined) throw error;
    return answer.body.toString();
  }
}

/**
 * What an answer means; undefined when all was taken. Whatever is not about the rows may be mended, and is
 * tried again: a wrong key or a missing table loses no rows.
 */
function errorOf(answer: OutboundResponse, path: string, nowMs: number): Error | undefined {
  const { code, message } = problemOf(answer.body);
  const isMissing = MISSING.has(code);
  return answerError(answer, {
    what: path.split("?", 1)[0]!,
    said: `${code} ${message}`,
    ...(isMissing
      ? { hint: "; the SQL in the README of this destination makes what is missing" }
      : {}),
    // With 413 it is too large for the API at once: smaller portions may do.
    meaning: ABOUT_ROWS.test(code) || answer.status === 413 ? "rows" : "later",
    nowMs,
  });
}

/** An error as PostgREST writes it; anything else as it is. */
function problemOf(body: Buffer): { readonly code: string; readonly message: string } {
  const text = body.toString();
  try {
    const { code, message } = JSON.parse(text) as { code?: unknown; message?: unknown };
    if (typeof code === "string" && typeof message === "string") return { code, message };
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  return { code: "", message: text };
}

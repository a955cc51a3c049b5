import { Buffer } from "node:buffer";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "#core/clock.ts";
import { LiveRows } from "#pipeline/live/live-rows.ts";
import type { StoreReader } from "#store/reader.ts";
import { createLogger, type LogRecord } from "#telemetry/log.ts";
import { type Api, type ApiOptions, createApi } from "../api.ts";
import { ABOUT } from "./about-answer.ts";

/** A store without rows, or one that fails. */
export const readerOf = (error?: unknown): StoreReader => ({
  rows: () => (error === undefined ? Promise.resolve([]) : Promise.reject(error as Error)),
});

/** Opens servers without rows, whose pages are a few files. */
export class BareApis {
  /** What they logged. */
  readonly records: LogRecord[] = [];
  private readonly opened = new Map<number, Api>();
  private readonly folder: string;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "sightglass-ui-"));
    mkdirSync(join(this.folder, "assets"));
    writeFileSync(join(this.folder, "index.html"), "<!doctype html><title>Sightglass</title>");
    writeFileSync(join(this.folder, "icon.svg"), "<svg/>");
    writeFileSync(join(this.folder, "assets", "index-ABC.js"), "1");
    writeFileSync(join(this.folder, ".hidden"), "secret");
  }

  /** Opens one more; resolves with its port. */
  async open(options: Partial<ApiOptions> = {}): Promise<number> {
    const zero = { accepted: 0, stored: 0, dropped: 0, inFlight: 0 };
    const counts = { traces: zero, logs: zero, metrics: zero };
    const api = createApi({
      address: { host: "127.0.0.1", port: 0 },
      reader: readerOf(),
      cursorKey: Buffer.alloc(32, 1),
      ledger: { inAll: () => counts, sinceStart: () => counts },
      about: () => ABOUT,
      pipelines: () => ({ data: [] }),
      deadLetters: () => [],
      settings: () => ({ file: null, data: [] }),
      retention: () => Promise.resolve({ data: [], otherBytes: 0, disk: null }),
      liveComponents: () => [],
      liveRows: new LiveRows(systemClock, () => {}),
      checks: () => [{ name: "serving", ready: true, message: "ok" }],
      metrics: () => ({ contentType: "text/plain; version=0.0.4", body: "up 1\n" }),
      access: { hosts: [], origins: [] },
      uiFolder: this.folder,
      version: "1.2.3",
      clock: systemClock,
      log: createLogger({
        level: "info",
        clock: systemClock,
        sink: (record) => this.records.push(record),
      }),
      ...options,
    });
    const { port } = await api.start();
    this.opened.set(port, api);
    return port;
  }

  /** Stops the one at the port. */
  async stop(port: number): Promise<void> {
    await this.opened.get(port)?.stop();
  }

  async close(): Promise<void> {
    await Promise.all([...this.opened.values()].map((api) => api.stop()));
    rmSync(this.folder, { recursive: true });
  }
}

/** What was answered. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Sends what fetch would not: any path, Host or Origin as they are. */
export function send(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { host: "127.0.0.1", port, path, method, headers, agent: false },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode!, headers: response.headers, body: text }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { type IdOracle, ORACLE_SIGNALS, type OracleSignal, ROWS_PER_REQUEST } from "./id-oracle.ts";

/** Of each request: how many of its rows are stored, and how many different ones. */
type Requests = Record<string, readonly [rows: number, ids: number]>;

export interface StoredIds extends Record<OracleSignal, Requests> {
  /** Spans of the oracle's traces as the view has counted them. */
  readonly traceIndex: Requests;
  /** Of all services. */
  readonly spans: number;
  readonly spansInTraceIndex: number;
  readonly spansInKpis: number;
  /** Of the services whose log records have texts of their own: how many of each text there are. */
  readonly texts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Spans of the oracle alone, as each of the per-minute and per-hour views has counted them. */
  readonly oracleSpansInViews: Readonly<Record<string, number>>;
}

const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;

/** Asks the engine, in a process of its own: one process can open a data folder once. */
export async function readStoredIds(dataDir: string): Promise<StoredIds> {
  const main = fileURLToPath(new URL("stored-ids-main.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [main, dataDir], {
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  return JSON.parse(stdout) as StoredIds;
}

export interface Verdict {
  readonly signal: OracleSignal | "views";
  /** Rows. */
  readonly acknowledged: number;
  readonly stored: number;
  /** Acknowledged and not stored. */
  readonly lost: number;
  /** Stored more than once. */
  readonly duplicated: number;
  /** Rows of requests of which only a part is stored, without an answer to their sender. */
  readonly torn: number;
}

/** Matches what was promised with what is there, id by id. */
export function judge(oracle: IdOracle, stored: StoredIds): Verdict[] {
  const verdicts: Verdict[] = ORACLE_SIGNALS.map((signal) => judgeSignal(oracle, stored, signal));
  let lost = 0;
  let duplicated = 0;
  for (const [id, [rows]] of Object.entries(stored.traces)) {
    const counted = stored.traceIndex[id]?.[0] ?? 0;
    lost += Math.max(0, rows - counted);
    duplicated += Math.max(0, counted - rows);
  }
  for (const counted of [stored.spansInTraceIndex, stored.spansInKpis]) {
    lost += Math.max(0, stored.spans - counted);
    duplicated += Math.max(0, counted - stored.spans);
  }
  const spans = verdicts.find(({ signal }) => signal === "traces")!.stored;
  for (const counted of Object.values(stored.oracleSpansInViews)) {
    lost += Math.max(0, spans - counted);
    duplicated += Math.max(0, counted - spans);
  }
  return [
    ...verdicts,
    {
      signal: "views",
      acknowledged: stored.spans,
      stored: stored.spansInKpis,
      lost,
      duplicated,
      torn: 0,
    },
  ];
}

function judgeSignal(oracle: IdOracle, stored: StoredIds, signal: OracleSignal): Verdict {
  const found = stored[signal];
  const verdict = { acknowledged: 0, stored: 0, lost: 0, duplicated: 0, torn: 0 };
  for (const [id, fate] of oracle.fates[signal]) {
    const [rows, ids] = found[id] ?? [0, 0];
    verdict.stored += rows;
    verdict.duplicated += rows - ids;
    if (fate === "acknowledged") {
      verdict.acknowledged += ROWS_PER_REQUEST;
      verdict.lost += ROWS_PER_REQUEST - ids;
    } else if (ids > 0 && ids < ROWS_PER_REQUEST) verdict.torn += ids;
    // What was refused must not be there: its sender will send it again.
    else if (fate === "refused") verdict.duplicated += ids;
  }
  return { signal, ...verdict };
}

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readCsvRecord } from "#core/csv.ts";
import { benchFolder } from "../measure/server.ts";
import type { FaultCase } from "./case.ts";
import { send } from "./sender.ts";

// Nezha's TrainTicket day (IntelligentDDS/Nezha, MIT): traces, logs with trace ids, labelled faults.
// Here it becomes what an OpenTelemetry SDK would have sent.

const ARCHIVE = "nezha-2023-01-29.tar.gz";
const DAY = "2023-01-29";
/** What is looked at from the moment of a fault on: about what the set has of each. */
const FAULT_MS = 120_000;
const ROWS_MAX = 2_000;

/** The data unpacked, for as long as `use` runs; undefined where it is not. */
export async function withNezha<T>(
  dataFolder: string,
  use: (folder: string) => Promise<T>,
): Promise<T | undefined> {
  const archive = join(dataFolder, ARCHIVE);
  if (!existsSync(archive)) {
    console.log(`Nezha is left out: there is no ${ARCHIVE} in ${dataFolder}`);
    return undefined;
  }
  const folder = mkdtempSync(join(benchFolder(), "nezha-"));
  try {
    execFileSync("tar", ["-xzf", archive, "-C", folder]);
    return await use(join(folder, DAY));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Fault {
  readonly inject_time: string;
  readonly inject_pod: string;
  readonly inject_type: string;
}

/** The faults, each with the two minutes from it on against `beforeMs` before it. */
export function nezhaCases(folder: string, beforeMs: number): FaultCase[] {
  const text = readFileSync(join(folder, `${DAY}-fault_list.json`), "utf8");
  const hours = JSON.parse(text) as Record<string, readonly Fault[]>;
  return Object.values(hours)
    .flat()
    .map(({ inject_time, inject_pod, inject_type }) => {
      const atMs = Date.parse(`${inject_time.replace(" ", "T")}Z`);
      const time = (ms: number): string => new Date(ms).toISOString();
      return {
        name: `${inject_time.slice(11)} ${inject_type} ${serviceOf(inject_pod)}`,
        kind: inject_type,
        service: serviceOf(inject_pod),
        attribute: { key: "k8s.pod.name", value: inject_pod },
        question: {
          from: time(atMs - beforeMs),
          to: time(atMs + FAULT_MS),
          spans: "roots",
          selectFrom: time(atMs),
          baselineTo: time(atMs - 1),
        },
      };
    });
}

/** A pod's name less its two hashes. */
function serviceOf(pod: string): string {
  return pod.replace(/-[^-]+-[^-]+$/, "");
}

/** Sends all spans and log records. Resolves with how many there were. */
export async function sendNezha(folder: string, endpoint: string): Promise<number> {
  let sent = 0;
  const seen = new Set<string>();
  for (const file of readdirSync(join(folder, "trace")).toSorted()) {
    // Some spans stand in the files of two minutes.
    const rows = readRows(join(folder, "trace", file)).filter((row) => {
      const id = `${row["TraceID"]}${row["SpanID"]}`;
      return seen.has(id) ? false : seen.add(id);
    });
    for (const part of parts(rows)) await send(endpoint, "traces", tracesRequest(part));
    sent += rows.length;
  }
  const lines = new Set<string>();
  for (const file of readdirSync(join(folder, "log")).toSorted()) {
    const rows = readRows(join(folder, "log", file)).filter((row) => {
      // A few lines have a time before 1970.
      if (!/^\d+$/.test(row["TimeUnixNano"]!)) return false;
      const id = `${row["PodName"]}${row["TimeUnixNano"]}${row["Log"]}`;
      return lines.has(id) ? false : lines.add(id);
    });
    for (const part of parts(rows)) await send(endpoint, "logs", logsRequest(part));
    sent += rows.length;
  }
  return sent;
}

type Row = Readonly<Record<string, string>>;

function readRows(path: string): Row[] {
  const text = readFileSync(path, "utf8");
  const head = readCsvRecord(text, 0);
  if (head === undefined) throw new Error(`${path} is no CSV`);
  const rows: Row[] = [];
  for (let at = head.next; at < text.length;) {
    const record = readCsvRecord(text, at);
    if (record === undefined) {
      // Some lines of a log broke the file's quoting: they are left out.
      const end = text.indexOf("\n", at);
      at = end === -1 ? text.length : end + 1;
      continue;
    }
    at = record.next;
    rows.push(
      Object.fromEntries(head.fields.map((name, column) => [name, record.fields[column] ?? ""])),
    );
  }
  return rows;
}

function* parts(rows: readonly Row[]): Iterable<readonly Row[]> {
  for (let at = 0; at < rows.length; at += ROWS_MAX) yield rows.slice(at, at + ROWS_MAX);
}

function resourceOf(pod: string): object {
  const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
  return { attributes: [text("service.name", serviceOf(pod)), text("k8s.pod.name", pod)] };
}

function byPod(rows: readonly Row[]): [string, Row[]][] {
  return [...Map.groupBy(rows, (row) => row["PodName"]!)];
}

function tracesRequest(rows: readonly Row[]): object {
  return {
    resourceSpans: byPod(rows).map(([pod, spans]) => ({
      resource: resourceOf(pod),
      scopeSpans: [{ scope: { name: "nezha" }, spans: spans.map(spanOf) }],
    })),
  };
}

/** The set tells no kinds, statuses or attributes of spans. */
function spanOf(row: Row): object {
  const parent = row["ParentID"]!;
  return {
    traceId: row["TraceID"],
    spanId: row["SpanID"],
    ...(parent === "root" ? {} : { parentSpanId: parent }),
    name: row["OperationName"],
    startTimeUnixNano: row["StartTimeUnixNano"],
    endTimeUnixNano: row["EndTimeUnixNano"],
  };
}

function logsRequest(rows: readonly Row[]): object {
  return {
    resourceLogs: byPod(rows).map(([pod, records]) => ({
      resource: resourceOf(pod),
      scopeLogs: [{ scope: { name: "nezha" }, logRecords: records.map(recordOf) }],
    })),
  };
}

function recordOf(row: Row): object {
  const ids = /^[0-9a-f]{32}$/.test(row["TraceID"]!) && /^[0-9a-f]{16}$/.test(row["SpanID"]!);
  return {
    timeUnixNano: row["TimeUnixNano"],
    body: { stringValue: lineOf(row["Log"]!) },
    ...(ids ? { traceId: row["TraceID"], spanId: row["SpanID"] } : {}),
  };
}

/** The line within Docker's JSON. */
function lineOf(text: string): string {
  try {
    const { log } = JSON.parse(text) as { log?: unknown };
    return typeof log === "string" ? log : text;
  } catch {
    return text;
  }
}

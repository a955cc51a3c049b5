import { dirname, parse, resolve } from "node:path";
import { z } from "zod";
import type { Clock } from "#core/clock.ts";
import { defineComponent } from "#pipeline/component.ts";
import type { Destination } from "#pipeline/component.ts";
import type { Delivery, DeliveryBounds } from "#pipeline/delivery/delivery.ts";
import { jsonOfRow } from "#pipeline/delivery/row-json.ts";
import { wellFormedJson } from "#pipeline/delivery/well-formed-json.ts";
import { nodeFiles } from "#pipeline/journal/files.ts";
import type { JournalFiles } from "#pipeline/journal/files.ts";
import { LineFile } from "./line-file.ts";

const settings = z.strictObject({
  outputPath: z
    .string()
    .min(1)
    .describe("The file. Its folder is made when it is missing.")
    .meta({ examples: ["logs/events.jsonl"] }),
  rotateDaily: z
    .boolean()
    .default(true)
    .describe("A file a day (UTC), with the day before the ending: events-2026-01-31.jsonl."),
});

export type JsonlSettings = z.infer<typeof settings>;

const BOUNDS: DeliveryBounds = { rowsMax: 5_000, bytesMax: 8_388_608, waitMsMax: 1_000 };
const LINES_BYTES_MAX = 1_048_576;

/**
 * Appends rows as JSON to a file, a line each. Every line is on stable storage before its row counts as
 * delivered. A crash in between may write a row twice, never half.
 */
export const jsonl = defineComponent({
  kind: "destination",
  type: "jsonl",
  summary: "Appends rows as JSON lines to a file, or to a file a day.",
  signals: { traces: "stable", metrics: "stable", logs: "stable" },
  settings,
  claims: (given) => [{ kind: "write", path: pathAt(given, 0) }],
  create: (given: JsonlSettings, { clock }) => new JsonlDestination(given, clock, nodeFiles),
});

export class JsonlDestination implements Destination {
  readonly bounds = BOUNDS;
  readonly #settings: JsonlSettings;
  readonly #clock: Clock;
  readonly #files: JournalFiles;

  constructor(given: JsonlSettings, clock: Clock, files: JournalFiles) {
    this.#settings = given;
    this.#clock = clock;
    this.#files = files;
  }

  async start(): Promise<void> {
    await this.#files.makeFolder(dirname(resolve(this.#settings.outputPath)));
  }

  /** @throws the system's error (`ENOSPC` …); what was written of the rows then is cut off again. */
  async send({ rows }: Delivery): Promise<void> {
    // Opened anew each time: the file may have been moved away by whoever rotates logs.
    const path = pathAt(this.#settings, this.#clock.nowMs());
    const file = await LineFile.open(this.#files, path);
    try {
      await file.append(linesOf(rows));
    } finally {
      await file.close();
    }
  }
}

/** The file that rows go to at a time, in Unix milliseconds. */
function pathAt({ outputPath, rotateDaily }: JsonlSettings, nowMs: number): string {
  const path = resolve(outputPath);
  if (!rotateDaily) return path;
  const { dir, name, ext } = parse(path);
  const day = new Date(nowMs).toISOString().slice(0, 10);
  return resolve(dir, `${name}-${day}${ext}`);
}

/** The lines in pieces of about a megabyte. */
function linesOf(rows: Delivery["rows"]): Buffer[] {
  const pieces: Buffer[] = [];
  let text = "";
  for (const row of rows) {
    text += `${wellFormedJson(jsonOfRow(row))}\n`;
    if (text.length < LINES_BYTES_MAX) continue;
    pieces.push(Buffer.from(text));
    text = "";
  }
  if (text !== "") pieces.push(Buffer.from(text));
  return pieces;
}

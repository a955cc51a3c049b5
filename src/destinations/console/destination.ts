import { z } from "zod";
import { defineComponent } from "#pipeline/component.ts";
import type { Destination } from "#pipeline/component.ts";
import type { Delivery, DeliveryBounds } from "#pipeline/delivery/delivery.ts";
import { jsonOfRow } from "#pipeline/delivery/row-json.ts";

const settings = z.strictObject({
  stream: z
    .enum(["stdout", "stderr"])
    .default("stdout")
    .describe("Where rows are written. Sightglass's own log goes to stderr."),
  pretty: z
    .boolean()
    .default(false)
    .describe("Several indented lines a row, for people, in place of one line."),
});

export type ConsoleSettings = z.infer<typeof settings>;

/** What of a stream of the process is needed; `done` is called once the bytes were handed on. */
export interface ConsoleStream {
  write(text: string, done: (error?: Error | null) => void): boolean;
  on(event: "error", listener: () => void): unknown;
  off(event: "error", listener: () => void): unknown;
}

const BOUNDS: DeliveryBounds = { rowsMax: 500, bytesMax: 1_048_576, waitMsMax: 200 };

/** Characters that a terminal acts on, or that change the direction of text; JSON allows them as they are. */
const UNSAFE = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const ignore = (): void => {};

/** Writes rows as JSON to the standard output, to look at what a pipeline lets through. */
export const consoleDestination = defineComponent({
  kind: "destination",
  type: "console",
  summary: "Writes rows to the standard output, for trying things out.",
  signals: { traces: "stable", metrics: "stable", logs: "stable" },
  settings,
  create: (given: ConsoleSettings) => new ConsoleDestination(given, process[given.stream]),
});

export class ConsoleDestination implements Destination {
  readonly bounds = BOUNDS;
  readonly #pretty: boolean;
  readonly #stream: ConsoleStream;

  constructor({ pretty }: Pick<ConsoleSettings, "pretty">, stream: ConsoleStream) {
    this.#pretty = pretty;
    this.#stream = stream;
  }

  async start(): Promise<void> {
    // Whoever reads may go away: that fails a delivery, and must not end the process.
    this.#stream.on("error", ignore);
  }

  async stop(): Promise<void> {
    this.#stream.off("error", ignore);
  }

  send({ rows }: Delivery): Promise<void> {
    const lines = rows.map((row) => JSON.stringify(jsonOfRow(row), null, this.#pretty ? 2 : 0));
    const text = `${lines.join("\n")}\n`.replaceAll(UNSAFE, escaped);
    return new Promise((resolve, reject) => {
      this.#stream.write(text, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
